"""Makes what is not in git before anything is packed or installed: translations and directory."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileResources(BuildHookInterface):  # type: ignore[misc,valid-type,unused-ignore]
    """Hatchling calls this before it packs a wheel or installs the checkout."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile in the tree that is being built."""
        root = Path(self.root)
        sys.path.insert(0, str(root / "packaging"))
        sys.dont_write_bytecode = True  # nothing but resources is made in that tree
        from compile_providers import compile_providers
        from compile_translations import compile_translations

        compile_translations(root / "resources" / "i18n")
        compile_providers(root)
