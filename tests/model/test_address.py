"""What a person types or pastes as an address."""

import pytest

from laifaxin_desktop.model.address import Address, AddressError, AddressFault, ascii_host


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("someone@outlook.com", "someone@outlook.com"),
        ("  someone@outlook.com\n", "someone@outlook.com"),
        ("Some.One@OUTLOOK.com", "Some.One@outlook.com"),
        ("someone＠qq。com", "someone@qq.com"),
        ("someone@qq.com.", "someone@qq.com"),
        ("张三 <a@b.cn>", "a@b.cn"),
        ("mailto:a@b.cn?subject=x", "a@b.cn"),
        ("a @ b.cn", "a@b.cn"),
        ("\u200ba@b.cn\ufeff", "a@b.cn"),
        ("用户@例子.公司", "用户@xn--fsqu00a.xn--55qx5d"),
    ],
)
def test_corrected(typed: str, read: str) -> None:
    assert str(Address.parse(typed)) == read


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", AddressFault.EMPTY),
        (" \n ", AddressFault.EMPTY),
        ("someone", AddressFault.NO_AT),
        ("a@b@c.cn", AddressFault.SEVERAL_AT),
        ("@qq.com", AddressFault.NO_LOCAL_PART),
        ("a@", AddressFault.NO_DOMAIN),
        ("a@.", AddressFault.NO_DOMAIN),
        ("a b@qq.com", AddressFault.SPACE_INSIDE),
        ("a\nb@qq.com", AddressFault.SPACE_INSIDE),
        ("a@localhost", AddressFault.BAD_DOMAIN),
        ("a@-qq.com", AddressFault.BAD_DOMAIN),
        ("a@qq..com", AddressFault.BAD_DOMAIN),
        ("a@127.0.0.1", AddressFault.BAD_DOMAIN),
        ("a@" + "b" * 64 + ".com", AddressFault.BAD_DOMAIN),
        ("a\x00b@qq.com", AddressFault.BAD_LOCAL_PART),
        ("a<b@qq.com", AddressFault.BAD_LOCAL_PART),
        ("a\u202eb@qq.com", AddressFault.BAD_LOCAL_PART),
        ("a" * 65 + "@qq.com", AddressFault.TOO_LONG),
        ("a@" + "b." * 150 + "com", AddressFault.TOO_LONG),
    ],
)
def test_refused(typed: str, fault: AddressFault) -> None:
    with pytest.raises(AddressError) as refused:
        Address.parse(typed)
    assert refused.value.fault is fault


def test_shown_in_its_own_script() -> None:
    assert Address.parse("a@例子.公司").shown == "a@例子.公司"


def test_one_mailbox_in_two_spellings() -> None:
    assert Address.parse("A@QQ.com").key == Address.parse("a@qq.com").key


def test_host_names() -> None:
    assert ascii_host("IMAP.例子.公司.") == "imap.xn--fsqu00a.xn--55qx5d"
    for bad in ("https://imap.qq.com", "imap.qq.com/x", "imap qq", "", "a" * 64, "imap_qq.com"):
        with pytest.raises(AddressError):
            ascii_host(bad)
