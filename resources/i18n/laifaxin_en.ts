<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US" sourcelanguage="zh_CN">
    <context>
        <name>AboutBox</name>
        <message>
            <source>关于</source>
            <translation>About</translation>
        </message>
        <message>
            <source>来发信 · 邮箱助手 {version}</source>
            <translation>Laifaxin · Mail Assistant {version}</translation>
        </message>
        <message>
            <source>密码加密后只保存在这台电脑上，只发送给邮箱自己的服务器。MIT 许可证。</source>
            <translation>Passwords are stored sealed on this computer only, and sent to the account’s own servers only. MIT licence.</translation>
        </message>
        <message>
            <source>关闭</source>
            <translation>Close</translation>
        </message>
    </context>
    <context>
        <name>AccountActions</name>
        <message>
            <source>浏览器没有打开；网址已复制：{url}</source>
            <translation>The browser did not open; the address is copied: {url}</translation>
        </message>
        <message>
            <source>已复制诊断信息，其中没有密码，地址已缩短。</source>
            <translation>Diagnostics copied: no password inside, the address is shortened.</translation>
        </message>
        <message>
            <source>没有保存：邮箱列表文件现在不能写入。</source>
            <translation>Not saved: the list of accounts cannot be written just now.</translation>
        </message>
        <message numerus="yes">
            <source>%n 个邮箱被服务器暂时锁定，没有检测。</source>
            <translation>
                <numerusform>%n account is locked by its server for a while and was not checked.</numerusform>
                <numerusform>%n accounts are locked by their servers for a while and were not checked.</numerusform>
            </translation>
        </message>
        <message>
            <source>先输入主密码，然后会自动检测。</source>
            <translation>Enter the main password first; then everything is checked by itself.</translation>
        </message>
        <message>
            <source>已暂停的邮箱不检测；先恢复。</source>
            <translation>Paused accounts are not checked; resume them first.</translation>
        </message>
        <message>
            <source>已复制中文和英文的说明，可以发给管理员。</source>
            <translation>Copied in Chinese and English, ready to be sent to the administrator.</translation>
        </message>
    </context>
    <context>
        <name>AccountCells</name>
        <message>
            <source>修复</source>
            <translation>Fix</translation>
        </message>
    </context>
    <context>
        <name>AccountList</name>
        <message>
            <source>邮箱列表</source>
            <translation>Accounts</translation>
        </message>
        <message>
            <source>没有符合条件的邮箱</source>
            <translation>No account matches</translation>
        </message>
        <message>
            <source>显示全部</source>
            <translation>Show all</translation>
        </message>
    </context>
    <context>
        <name>AccountMenu</name>
        <message>
            <source>重新授权…</source>
            <translation>Sign in again…</translation>
        </message>
        <message>
            <source>立即检测</source>
            <translation>Check now</translation>
        </message>
        <message>
            <source>编辑服务器设置…</source>
            <translation>Edit server settings…</translation>
        </message>
        <message>
            <source>换一种登录方式…</source>
            <translation>Sign in another way…</translation>
        </message>
        <message>
            <source>检查我的应用…</source>
            <translation>Check my app…</translation>
        </message>
        <message>
            <source>暂停</source>
            <translation>Pause</translation>
        </message>
        <message>
            <source>恢复</source>
            <translation>Resume</translation>
        </message>
        <message>
            <source>复制诊断信息</source>
            <translation>Copy diagnostics</translation>
        </message>
        <message>
            <source>移除连接…</source>
            <translation>Remove connection…</translation>
        </message>
        <message>
            <source>删除…</source>
            <translation>Delete…</translation>
        </message>
    </context>
    <context>
        <name>AddressPage</name>
        <message>
            <source>添加邮箱</source>
            <translation>Add account</translation>
        </message>
        <message>
            <source>填写完整的邮箱地址，服务器会自动找到。</source>
            <translation>Enter the full address; the servers are found for you.</translation>
        </message>
        <message>
            <source>邮箱地址</source>
            <translation>Email address</translation>
        </message>
        <message>
            <source>将使用 {0}</source>
            <translation>{0} will be used</translation>
        </message>
    </context>
    <context>
        <name>AppCheckDialog</name>
        <message>
            <source>检查我的应用</source>
            <translation>Check my app</translation>
        </message>
        <message>
            <source>真实登录一次，看应用登记得对不对。登录得到的授权看完就丢掉，不会保存。</source>
            <translation>One real sign-in shows whether the app is registered well. What it gives is thrown away, not stored.</translation>
        </message>
        <message>
            <source>浏览器没有打开。请复制链接，粘贴到浏览器里。</source>
            <translation>The browser did not open. Copy the link and paste it into a browser.</translation>
        </message>
        <message>
            <source>重新打开浏览器</source>
            <translation>Open the browser again</translation>
        </message>
        <message>
            <source>复制链接</source>
            <translation>Copy link</translation>
        </message>
        <message>
            <source>再检查一次</source>
            <translation>Check once more</translation>
        </message>
        <message>
            <source>关闭</source>
            <translation>Close</translation>
        </message>
        <message>
            <source>应用可以登录，但有权限没有得到。</source>
            <translation>The app signs in, but some permissions were not given.</translation>
        </message>
        <message>
            <source>应用没有问题。</source>
            <translation>The app is in order.</translation>
        </message>
        <message>
            <source>没有登录成功，检查到这里为止。</source>
            <translation>The sign-in failed; this is as far as it got.</translation>
        </message>
        <message>
            <source>请在浏览器里登录微软账户并点“接受”；完成后这里会自己继续。</source>
            <translation>Sign in to Microsoft in the browser and choose “Accept”; then this goes on by itself.</translation>
        </message>
        <message>
            <source>正在查找应用…</source>
            <translation>Looking for the app…</translation>
        </message>
        <message>
            <source>浏览器停在出错的页面时，把它显示的编号填在这里：</source>
            <translation>If the browser stops at an error page, enter the number it shows here:</translation>
        </message>
    </context>
    <context>
        <name>AppCheckLines</name>
        <message>
            <source>通过</source>
            <translation>Passed</translation>
        </message>
        <message>
            <source>不通过</source>
            <translation>Failed</translation>
        </message>
        <message>
            <source>还不知道</source>
            <translation>Not known yet</translation>
        </message>
        <message>
            <source>权限 {scope}（{used}）</source>
            <translation>Permission {scope} ({used})</translation>
        </message>
    </context>
    <context>
        <name>AppPage</name>
        <message>
            <source>应用信息</source>
            <translation>App details</translation>
        </message>
        <message>
            <source>用于 {0}</source>
            <translation>For {0}</translation>
        </message>
        <message>
            <source>粘贴令牌</source>
            <translation>Paste the token</translation>
        </message>
        <message>
            <source>更多设置</source>
            <translation>More settings</translation>
        </message>
        <message>
            <source>由管理员预先填写：{0}</source>
            <translation>Filled in by your administrator: {0}</translation>
        </message>
        <message>
            <source>还没有应用？查看步骤</source>
            <translation>No app yet? See the steps</translation>
        </message>
        <message>
            <source>这些从哪里来？查看步骤</source>
            <translation>Where do these come from? See the steps</translation>
        </message>
        <message>
            <source>检查我的应用</source>
            <translation>Check my app</translation>
        </message>
    </context>
    <context>
        <name>AppSecret</name>
        <message>
            <source>“证书和密码”页上的“值”一列，不是“机密 ID”。</source>
            <translation>The “Value” column on “Certificates &amp; secrets”, not the “Secret ID”.</translation>
        </message>
        <message>
            <source>到期前 30 天会提醒。</source>
            <translation>You are reminded 30 days before.</translation>
        </message>
        <message>
            <source>只在“身份验证”页上的平台是 Web 时才有；公共应用没有密码。</source>
            <translation>Only where its platform on the “Authentication” page is Web; public apps have none.</translation>
        </message>
        <message>
            <source>客户端密码的值</source>
            <translation>Value of the client secret</translation>
        </message>
        <message>
            <source>密码到期日（可以不填）</source>
            <translation>Secret expires on (optional)</translation>
        </message>
        <message>
            <source>应用有密码</source>
            <translation>The app has a secret</translation>
        </message>
        <message>
            <source>显示</source>
            <translation>Show</translation>
        </message>
        <message>
            <source>沿用已保存的密码</source>
            <translation>The stored secret is kept</translation>
        </message>
        <message>
            <source>粘贴</source>
            <translation>Paste</translation>
        </message>
        <message>
            <source>请写成 {0} 这样的日期，或者不填。</source>
            <translation>Write a date such as {0}, or leave it empty.</translation>
        </message>
        <message>
            <source>这一天已经过去，密码已经失效。请到门户新建一个密码。</source>
            <translation>That day is over, and so is the secret. Create another one in the portal.</translation>
        </message>
        <message>
            <source>这是密码的 ID，不是密码本身。请复制“值”一列；它只在新建时显示一次。</source>
            <translation>This is the secret’s ID, not the secret. Copy the “Value” column; it is shown once only, when the secret is new.</translation>
        </message>
        <message>
            <source>里面有空格或中文，客户端密码没有。请只复制“值”一列。</source>
            <translation>A client secret has no spaces and no letters outside ASCII. Copy the “Value” column only.</translation>
        </message>
        <message>
            <source>隐藏</source>
            <translation>Hide</translation>
        </message>
    </context>
    <context>
        <name>Calm</name>
        <message>
            <source>收信和发信都已用保存的密码真实登录成功。</source>
            <translation>Receiving and sending both really signed in with the stored password.</translation>
        </message>
        <message>
            <source>收信和发信都已用微软登录真实成功。</source>
            <translation>Both servers really let the account in by Microsoft sign-in.</translation>
        </message>
        <message>
            <source>收信已用微软登录真实成功；微软已确认可以用 Graph 发信。</source>
            <translation>Receiving really let the account in; Microsoft confirms that it may send by Graph.</translation>
        </message>
        <message>
            <source>正在真实登录收信和发信服务器；不会改动任何邮件。</source>
            <translation>Really signing in to both servers; no mail is touched.</translation>
        </message>
        <message>
            <source>已停止检测；邮箱和保存的密码都还在。</source>
            <translation>Checks are stopped; the account and its password are kept.</translation>
        </message>
        <message>
            <source>已停止检测；邮箱和保存的微软登录都还在。</source>
            <translation>Checks are stopped; the account and its Microsoft sign-in are kept.</translation>
        </message>
        <message>
            <source>还没有检测过。</source>
            <translation>Not checked yet.</translation>
        </message>
        <message>
            <source>恢复后会自动重新检测。</source>
            <translation>It is checked again automatically when this is over.</translation>
        </message>
        <message>
            <source>上次正常：{ago}（{time}）。恢复后会自动重新检测。</source>
            <translation>Last normal: {ago} ({time}). It is checked again automatically when this is over.</translation>
        </message>
    </context>
    <context>
        <name>CellWords</name>
        <message>
            <source>邮箱</source>
            <translation>Account</translation>
        </message>
        <message>
            <source>状态</source>
            <translation>Status</translation>
        </message>
        <message>
            <source>收信</source>
            <translation>Receiving</translation>
        </message>
        <message>
            <source>发信</source>
            <translation>Sending</translation>
        </message>
        <message>
            <source>登录方式</source>
            <translation>Sign-in</translation>
        </message>
        <message>
            <source>最近检测</source>
            <translation>Last check</translation>
        </message>
        <message>
            <source>处理</source>
            <translation>Action</translation>
        </message>
        <message>
            <source>{protocol} 正常</source>
            <translation>{protocol} normal</translation>
        </message>
        <message>
            <source>{protocol} 失败</source>
            <translation>{protocol} failed</translation>
        </message>
        <message>
            <source>{protocol} 没有连上</source>
            <translation>{protocol} not reached</translation>
        </message>
        <message>
            <source>最近检测：{time}</source>
            <translation>Last check: {time}</translation>
        </message>
        <message>
            <source>上次正常：{time}</source>
            <translation>Last normal: {time}</translation>
        </message>
        <message>
            <source>{ago}正常</source>
            <comment>a time ago</comment>
            <translation>OK {ago}</translation>
        </message>
    </context>
    <context>
        <name>CheckPage</name>
        <message>
            <source>真实登录收信和发信服务器；不会改动任何邮件。</source>
            <translation>Really signs in to both servers; no mail is touched.</translation>
        </message>
        <message>
            <source>正在保存</source>
            <translation>Saving</translation>
        </message>
        <message>
            <source>检测已通过；正在等待系统钥匙串…</source>
            <translation>The check passed; waiting for the keychain…</translation>
        </message>
        <message>
            <source>正在检测</source>
            <translation>Checking</translation>
        </message>
        <message>
            <source>检测通过</source>
            <translation>The check passed</translation>
        </message>
        <message>
            <source>检测没有通过</source>
            <translation>The check did not pass</translation>
        </message>
        <message>
            <source>下面是原因和办法；填过的内容都还在。</source>
            <translation>The reason and what helps are below; nothing you entered is lost.</translation>
        </message>
        <message>
            <source>正在等待系统钥匙串…</source>
            <translation>Waiting for the keychain…</translation>
        </message>
    </context>
    <context>
        <name>Chips</name>
        <message>
            <source>全部</source>
            <translation>All</translation>
        </message>
        <message>
            <source>正常</source>
            <translation>Normal</translation>
        </message>
        <message>
            <source>需要处理</source>
            <translation>Needs attention</translation>
        </message>
        <message>
            <source>已暂停</source>
            <translation>Paused</translation>
        </message>
    </context>
    <context>
        <name>CloudDialog</name>
        <message>
            <source>换一个微软云</source>
            <translation>Choose another Microsoft cloud</translation>
        </message>
        <message>
            <source>这个邮箱在哪个微软云？</source>
            <translation>Which Microsoft cloud is this mailbox in?</translation>
        </message>
        <message>
            <source>服务器会换成那个云的；应用也要登记在那里。填过的内容都还在。</source>
            <translation>Its servers are taken; the app must be registered there, too. Everything you entered is kept.</translation>
        </message>
        <message>
            <source>取消</source>
            <translation>Cancel</translation>
        </message>
        <message>
            <source>换到这个云</source>
            <translation>Use this cloud</translation>
        </message>
    </context>
    <context>
        <name>DeleteBar</name>
        <message>
            <source>取消</source>
            <translation>Cancel</translation>
        </message>
        <message>
            <source>删除</source>
            <translation>Delete</translation>
        </message>
        <message>
            <source>删除 {address}？邮箱和保存的密码都会从这台电脑上删除。</source>
            <translation>Delete {address}? The account and its stored password go from this computer.</translation>
        </message>
        <message numerus="yes">
            <source>删除 %n 个邮箱？邮箱和保存的密码都会从这台电脑上删除。</source>
            <translation>
                <numerusform>Delete %n account? It and its stored password go from this computer.</numerusform>
                <numerusform>Delete %n accounts? They and their stored passwords go from this computer.</numerusform>
            </translation>
        </message>
        <message>
            <source>删除 {address}？邮箱和保存的微软登录都会从这台电脑上删除。</source>
            <translation>Delete {address}? The account and its Microsoft sign-in go from this computer.</translation>
        </message>
    </context>
    <context>
        <name>DetailLegs</name>
        <message>
            <source>收信</source>
            <translation>Receiving</translation>
        </message>
        <message>
            <source>发信</source>
            <translation>Sending</translation>
        </message>
        <message>
            <source>通过</source>
            <translation>passed</translation>
        </message>
        <message>
            <source>失败</source>
            <translation>failed</translation>
        </message>
        <message>
            <source>：</source>
            <comment>between a name and what is said of it</comment>
            <translation>: </translation>
        </message>
    </context>
    <context>
        <name>DetailMore</name>
        <message>
            <source>、</source>
            <comment>between two names</comment>
            <translation>, </translation>
        </message>
        <message>
            <source>服务器原话</source>
            <translation>Server’s words</translation>
        </message>
        <message>
            <source>复制诊断信息</source>
            <translation>Copy diagnostics</translation>
        </message>
        <message>
            <source>其他办法</source>
            <translation>What else helps</translation>
        </message>
        <message>
            <source>查看证书</source>
            <translation>Show certificate</translation>
        </message>
        <message>
            <source>收信</source>
            <translation>Receiving</translation>
        </message>
        <message>
            <source>发信</source>
            <translation>Sending</translation>
        </message>
        <message>
            <source>重新授权…</source>
            <translation>Sign in again…</translation>
        </message>
        <message>
            <source>换一种登录方式…</source>
            <translation>Sign in another way…</translation>
        </message>
        <message>
            <source>编辑服务器设置…</source>
            <translation>Edit server settings…</translation>
        </message>
    </context>
    <context>
        <name>DetailPane</name>
        <message>
            <source>立即检测</source>
            <translation>Check now</translation>
        </message>
        <message>
            <source>恢复</source>
            <translation>Resume</translation>
        </message>
        <message>
            <source>微软的错误编号：{code}</source>
            <translation>Microsoft’s error code: {code}</translation>
        </message>
        <message>
            <source>检测还在进行，可能还会发现更多。</source>
            <translation>The check goes on; more may be found.</translation>
        </message>
    </context>
    <context>
        <name>DetailWords</name>
        <message>
            <source>{time} 之前不要再试。</source>
            <translation>Do not try again before {time}.</translation>
        </message>
    </context>
    <context>
        <name>DeviceCard</name>
        <message>
            <source>代码</source>
            <translation>Code</translation>
        </message>
        <message>
            <source>代码 {0}</source>
            <translation>Code {0}</translation>
        </message>
        <message>
            <source>代码快要过期了；过期后可以再要一个。</source>
            <translation>The code is about to expire; you can then get another.</translation>
        </message>
        <message>
            <source>代码还有 {0} 分钟有效。</source>
            <translation>The code is good for {0} more minutes.</translation>
        </message>
        <message>
            <source>取消登录</source>
            <translation>Cancel sign-in</translation>
        </message>
        <message>
            <source>在手机或任何一台电脑上打开下面的网页，输入代码，再登录微软账户。</source>
            <translation>On a phone or any computer, open the page below, enter the code, and sign in to Microsoft.</translation>
        </message>
        <message>
            <source>复制代码</source>
            <translation>Copy the code</translation>
        </message>
        <message>
            <source>打开网页</source>
            <translation>Open the page</translation>
        </message>
        <message>
            <source>改用浏览器</source>
            <translation>Use the browser</translation>
        </message>
        <message>
            <source>正在等待您在网页上输入代码…</source>
            <translation>Waiting for you to enter the code on the page…</translation>
        </message>
        <message>
            <source>网页</source>
            <translation>Page</translation>
        </message>
        <message>
            <source>网页地址的二维码</source>
            <translation>QR code of the page’s address</translation>
        </message>
        <message>
            <source>连字符</source>
            <translation>hyphen</translation>
        </message>
        <message>
            <source>还差一步：收信和发信各要一次授权，请照样再输入下面这个新代码。</source>
            <translation>One more step: receiving and sending each need a permission. Enter this new code in the same way.</translation>
        </message>
    </context>
    <context>
        <name>DonePage</name>
        <message>
            <source>已更新</source>
            <translation>Updated</translation>
        </message>
        <message>
            <source>已添加</source>
            <translation>Added</translation>
        </message>
        <message>
            <source>收信和发信服务器都已真实登录成功。密码只在本次使用，下次打开时再输入。</source>
            <translation>Both servers really let the account in. The password is kept for this time only; enter it again next time.</translation>
        </message>
        <message>
            <source>收信和发信服务器都已真实登录成功，密码已加密保存。</source>
            <translation>Both servers really let the account in; the password is stored sealed.</translation>
        </message>
        <message>
            <source>收信已用微软登录真实成功；微软已确认可以用 Graph 发信。</source>
            <translation>Receiving really let the account in; Microsoft confirms that it may send by Graph.</translation>
        </message>
        <message>
            <source>收信和发信都已用微软登录真实成功。</source>
            <translation>Both servers really let the account in by Microsoft sign-in.</translation>
        </message>
        <message>
            <source>登录已加密保存。</source>
            <translation>The sign-in is stored sealed.</translation>
        </message>
        <message>
            <source>登录只在本次使用，下次打开时再登录。</source>
            <translation>The sign-in is kept for this time only; sign in again next time.</translation>
        </message>
        <message>
            <source>{0}{1}</source>
            <comment>two sentences</comment>
            <translation>{0} {1}</translation>
        </message>
        <message>
            <source>已按您的意思保存，但还不能正常使用：{0}。可以在列表里随时修复。</source>
            <translation>Saved as you wished, but it does not work yet: {0}. It can be mended from the list at any time.</translation>
        </message>
        <message>
            <source>再添加一个</source>
            <translation>Add another</translation>
        </message>
        <message>
            <source>三个值得保持的习惯</source>
            <translation>Three habits worth keeping</translation>
        </message>
    </context>
    <context>
        <name>ElsewhereCard</name>
        <message>
            <source>这个邮箱已在别处删除</source>
            <translation>This account was removed elsewhere</translation>
        </message>
        <message>
            <source>列表里已经没有它，所以没有保存。还要用它，就重新添加。</source>
            <translation>It is no longer in the list, so nothing was saved. Add it again if you still want it.</translation>
        </message>
        <message>
            <source>重新添加</source>
            <translation>Add it again</translation>
        </message>
        <message>
            <source>这个邮箱刚在别处改过</source>
            <translation>This account was just changed elsewhere</translation>
        </message>
        <message>
            <source>为了不覆盖那边的修改，这里没有保存。请重新开始。</source>
            <translation>Nothing was saved here, so that the other change stays. Please begin again.</translation>
        </message>
        <message>
            <source>重新开始</source>
            <translation>Begin again</translation>
        </message>
    </context>
    <context>
        <name>EmptyState</name>
        <message>
            <source>添加第一个邮箱</source>
            <translation>Add your first account</translation>
        </message>
        <message>
            <source>输入邮箱地址，服务器自动填写，再一步步带您完成授权。</source>
            <translation>Enter an address: the servers fill in by themselves, and the rest goes step by step.</translation>
        </message>
        <message>
            <source>添加邮箱</source>
            <translation>Add account</translation>
        </message>
    </context>
    <context>
        <name>EndpointForm</name>
        <message>
            <source>例如 {0}</source>
            <translation>e.g. {0}</translation>
        </message>
        <message>
            <source>服务器</source>
            <translation>Server</translation>
        </message>
        <message>
            <source>加密方式</source>
            <translation>Encryption</translation>
        </message>
        <message>
            <source>端口</source>
            <translation>Port</translation>
        </message>
        <message>
            <source>只填服务器名称，去掉前面的 http:// 之类。</source>
            <translation>Only the server’s name, without http:// or the like.</translation>
        </message>
        <message>
            <source>只填服务器名称，去掉斜杠和后面的内容。</source>
            <translation>Only the server’s name, without the slash and what follows it.</translation>
        </message>
        <message>
            <source>端口填在右边，名称里不要带冒号。</source>
            <translation>The port goes to the right; leave the colon out of the name.</translation>
        </message>
        <message>
            <source>服务器名称里不能有空格。</source>
            <translation>A server’s name has no spaces.</translation>
        </message>
        <message>
            <source>这里填服务器名称，不是邮箱地址，例如 imap.example.com。</source>
            <translation>A server’s name goes here, not an email address: imap.example.com, for instance.</translation>
        </message>
        <message>
            <source>这不像服务器名称，请检查拼写，例如 imap.example.com。</source>
            <translation>This does not look like a server’s name; check the spelling: imap.example.com, for instance.</translation>
        </message>
        <message>
            <source>端口是 1 到 65535 之间的数字，这里常用 {0}。</source>
            <translation>A port is a number from 1 to 65535; {0} is usual here.</translation>
        </message>
        <message>
            <source>通过 {0} 的 HTTPS 接口，用同一次微软登录；没有别的要填。</source>
            <translation>Through {0} over HTTPS, with the same Microsoft sign-in; there is nothing else to enter.</translation>
        </message>
    </context>
    <context>
        <name>ExpiryBar</name>
        <message>
            <source>{address}：{sentence}。</source>
            <translation>{address}: {sentence}.</translation>
        </message>
        <message>
            <source>查看</source>
            <translation>Show</translation>
        </message>
        <message>
            <source>知道了</source>
            <translation>OK</translation>
        </message>
        <message numerus="yes">
            <source>另外还有 %n 个邮箱的应用密码也快到期。</source>
            <translation>
                <numerusform>The secret of %n more account’s app expires soon, too.</numerusform>
                <numerusform>The secrets of %n more accounts’ apps expire soon, too.</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>ExpiryWords</name>
        <message>
            <source>应用的客户端密码已于 {day} 到期</source>
            <translation>The app’s secret expired on {day}</translation>
        </message>
        <message>
            <source>应用密码今天到期</source>
            <translation>The app’s secret expires today</translation>
        </message>
        <message>
            <source>更换客户端密码</source>
            <translation>Renew secret</translation>
        </message>
        <message numerus="yes">
            <source>应用的客户端密码将于 {day} 到期（还有 %n 天）</source>
            <translation>
                <numerusform>The app’s secret expires on {day} (in %n day)</numerusform>
                <numerusform>The app’s secret expires on {day} (in %n days)</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>FailureCard</name>
        <message>
            <source>、</source>
            <comment>between two words</comment>
            <translation>, </translation>
        </message>
        <message>
            <source>{0}：{1}</source>
            <translation>{0}: {1}</translation>
        </message>
        <message>
            <source>服务器原话</source>
            <translation>Server’s words</translation>
        </message>
        <message>
            <source>微软的错误编号：{0}</source>
            <translation>Microsoft’s error code: {0}</translation>
        </message>
        <message>
            <source>改用 {0}…</source>
            <translation>Use {0}…</translation>
        </message>
        <message>
            <source>检测还在进行，可能还会发现更多。</source>
            <translation>Still checking; more may be found.</translation>
        </message>
    </context>
    <context>
        <name>DuplicateCard</name>
        <message>
            <source>这个邮箱已经在列表里</source>
            <translation>This account is already in the list</translation>
        </message>
        <message>
            <source>不用再添加一次。如果它登录不上，可以重新授权。</source>
            <translation>There is no need to add it again. If it cannot sign in, sign in again.</translation>
        </message>
        <message>
            <source>重新授权</source>
            <translation>Sign in again</translation>
        </message>
    </context>
    <context>
        <name>AlikeCard</name>
        <message>
            <source>改为 {0}</source>
            <translation>Change to {0}</translation>
        </message>
    </context>
    <context>
        <name>StrangersCard</name>
        <message>
            <source>这些服务器不属于 {0}</source>
            <translation>These servers do not belong to {0}</translation>
        </message>
        <message>
            <source>它们的名称来自域名的公开记录，记录有可能被人改动。先看看名称是不是您的邮箱服务商的：密码会发给它们。</source>
            <translation>Their names come from the domain’s public records, which somebody may have changed. Check that they are your mail provider’s: your password will be sent to them.</translation>
        </message>
        <message>
            <source>我认识这些服务器，可以把密码发给它们</source>
            <translation>I know these servers; they may have my password</translation>
        </message>
        <message>
            <source>不认识，我自己填写</source>
            <translation>I don’t know them; I’ll enter my own</translation>
        </message>
    </context>
    <context>
        <name>AskedFold</name>
        <message>
            <source>查了哪里</source>
            <translation>Where we looked</translation>
        </message>
        <message>
            <source>已展开</source>
            <translation>Expanded</translation>
        </message>
        <message>
            <source>已收起</source>
            <translation>Collapsed</translation>
        </message>
    </context>
    <context>
        <name>FindingCard</name>
        <message>
            <source>正在查找服务器…</source>
            <translation>Looking for the servers…</translation>
        </message>
        <message>
            <source>只查询域名，不会发送您的地址和密码。</source>
            <translation>Only the domain is asked for; your address and password are not sent.</translation>
        </message>
        <message>
            <source>重试</source>
            <translation>Try again</translation>
        </message>
        <message>
            <source>登录方式：{0}</source>
            <translation>Sign-in: {0}</translation>
        </message>
        <message>
            <source>服务器已自动填写 ✓</source>
            <translation>Servers filled in ✓</translation>
        </message>
        <message>
            <source>服务器已填写；来自域名的邮件记录，后面请核对。</source>
            <translation>Servers filled in from the domain’s mail records; please verify them later.</translation>
        </message>
        <message>
            <source>找到了可用的服务器</source>
            <translation>Servers found</translation>
        </message>
        <message>
            <source>按常见名称试探得到，没有发送密码。</source>
            <translation>Found by trying usual names; no password was sent.</translation>
        </message>
        <message>
            <source>后面请核对服务器设置。</source>
            <translation>Please verify the server settings later.</translation>
        </message>
        <message>
            <source>来源：{0}</source>
            <translation>Source: {0}</translation>
        </message>
        <message>
            <source>这个域名的真实写法是 {0}。如果它看起来像别的网站，请先核对。</source>
            <translation>The true spelling of this domain is {0}. If it looks like another site, verify it first.</translation>
        </message>
        <message>
            <source>没有找到这个邮箱的服务器</source>
            <translation>No servers were found for this address</translation>
        </message>
        <message>
            <source>请检查地址有没有写错；没有错就点“下一步”，手动填写服务器。</source>
            <translation>Check the address for a slip; if there is none, choose “Next” and enter the servers by hand.</translation>
        </message>
        <message>
            <source>这台电脑没有连上网络</source>
            <translation>This computer is offline</translation>
        </message>
        <message>
            <source>连上网络后点“重试”，填好的地址不会丢。要经过代理才能上网，就手动填写服务器和代理。</source>
            <translation>Connect and choose “Try again”; the address stays. If this computer needs a proxy, enter servers and proxy by hand.</translation>
        </message>
        <message>
            <source>手动填写</source>
            <translation>Enter by hand</translation>
        </message>
        <message>
            <source>邮箱列表现在不能读取</source>
            <translation>The accounts cannot be read now</translation>
        </message>
        <message>
            <source>程序出错了</source>
            <translation>Something in this program went wrong</translation>
        </message>
        <message>
            <source>没有查到服务器。填好的地址还在；请点“重试”。</source>
            <translation>The servers were not looked up. The address stays; choose “Try again”.</translation>
        </message>
        <message>
            <source>打开它的网页邮箱</source>
            <translation>Open its web mail</translation>
        </message>
        <message>
            <source>浏览器没有打开。网址是 {0}</source>
            <translation>No browser opened. The address is {0}</translation>
        </message>
    </context>
    <context>
        <name>Frame</name>
        <message>
            <source>上一步</source>
            <translation>Back</translation>
        </message>
        <message>
            <source>下一步</source>
            <translation>Next</translation>
        </message>
        <message>
            <source>仍然保存</source>
            <translation>Save anyway</translation>
        </message>
        <message>
            <source>取消</source>
            <translation>Cancel</translation>
        </message>
        <message>
            <source>完成</source>
            <translation>Finish</translation>
        </message>
    </context>
    <context>
        <name>GuideDialog</name>
        <message>
            <source>关闭</source>
            <translation>Close</translation>
        </message>
        <message>
            <source>立即检测</source>
            <translation>Check now</translation>
        </message>
        <message>
            <source>重新输入{name}</source>
            <translation>Enter the {name} again</translation>
        </message>
        <message>
            <source>填写应用信息</source>
            <translation>Enter the app’s details</translation>
        </message>
    </context>
    <context>
        <name>GuidePage</name>
        <message>
            <source>{0}大约 {1} 分钟。</source>
            <translation>{0} About {1} minutes.</translation>
        </message>
    </context>
    <context>
        <name>GuideView</name>
        <message>
            <source>值得保持的习惯</source>
            <translation>Habits worth keeping</translation>
        </message>
        <message>
            <source>以前做过？</source>
            <translation>Done this before?</translation>
        </message>
        <message>
            <source>跳过</source>
            <translation>Skip</translation>
        </message>
    </context>
    <context>
        <name>KeepingCard</name>
        <message>
            <source>没有保存成功</source>
            <translation>It could not be saved</translation>
        </message>
        <message>
            <source>请输入主密码</source>
            <translation>Enter the main password</translation>
        </message>
        <message>
            <source>主密码</source>
            <translation>Main password</translation>
        </message>
        <message>
            <source>再输入一次</source>
            <translation>Once more</translation>
        </message>
        <message>
            <source>每次打开程序时要输入它。忘了就只能重新添加邮箱。</source>
            <translation>It is asked each time the program opens. If it is forgotten, the accounts must be added anew.</translation>
        </message>
        <message>
            <source>只在本次使用</source>
            <translation>Only this time</translation>
        </message>
        <message>
            <source>保存</source>
            <translation>Save</translation>
        </message>
        <message>
            <source>设置主密码</source>
            <translation>Set a main password</translation>
        </message>
        <message>
            <source>重试</source>
            <translation>Try again</translation>
        </message>
        <message>
            <source>至少 {0} 个字符。</source>
            <translation>At least {0} characters.</translation>
        </message>
        <message>
            <source>两次输入的不一样。</source>
            <translation>The two do not match.</translation>
        </message>
        <message>
            <source>主密码不正确。</source>
            <translation>The main password is not correct.</translation>
        </message>
        <message>
            <source>密码由主密码保护，输入后继续。</source>
            <translation>Passwords are guarded by the main password; enter it to go on.</translation>
        </message>
        <message>
            <source>解锁并继续</source>
            <translation>Unlock and go on</translation>
        </message>
    </context>
    <context>
        <name>Lane</name>
        <message>
            <source>服务器正在核对…</source>
            <translation>The server is verifying…</translation>
        </message>
        <message>
            <source>经过代理 {0}</source>
            <translation>Through the proxy {0}</translation>
        </message>
        <message>
            <source>只认您允许过的那张证书</source>
            <translation>Known by the certificate you allowed</translation>
        </message>
    </context>
    <context>
        <name>Leaving</name>
        <message>
            <source>已经填写的内容不会保存。</source>
            <translation>What you entered will not be kept.</translation>
        </message>
        <message>
            <source>放弃</source>
            <translation>Give up</translation>
        </message>
        <message>
            <source>继续设置</source>
            <translation>Go on</translation>
        </message>
        <message>
            <source>要放弃这次设置吗？</source>
            <translation>Give this set-up up?</translation>
        </message>
    </context>
    <context>
        <name>MainPasswordDialog</name>
        <message>
            <source>设置主密码</source>
            <translation>Set a main password</translation>
        </message>
        <message>
            <source>主密码用来加密保存的密码，每次打开程序时输入一次。忘记了无法找回，只能重新添加邮箱。</source>
            <translation>The main password seals the stored passwords and is asked once each time the program opens. It cannot be recovered: if it is forgotten, the accounts must be added anew.</translation>
        </message>
        <message>
            <source>主密码</source>
            <translation>Main password</translation>
        </message>
        <message>
            <source>再输入一次</source>
            <translation>Once more</translation>
        </message>
        <message>
            <source>使用这个主密码</source>
            <translation>Use this main password</translation>
        </message>
        <message>
            <source>取消</source>
            <translation>Cancel</translation>
        </message>
        <message>
            <source>两次输入的不一样。</source>
            <translation>The two do not match.</translation>
        </message>
        <message>
            <source>至少 {0} 个字符</source>
            <translation>At least {0} characters</translation>
        </message>
        <message>
            <source>至少 {0} 个字符。</source>
            <translation>At least {0} characters.</translation>
        </message>
    </context>
    <context>
        <name>MainWindow</name>
        <message>
            <source>邮箱操作</source>
            <translation>Account actions</translation>
        </message>
        <message>
            <source>来发信 · 邮箱助手</source>
            <translation>Laifaxin · Mail Assistant</translation>
        </message>
        <message>
            <source>请重新输入这些邮箱的密码，或等钥匙串恢复。</source>
            <translation>Please enter these accounts’ passwords again, or wait until the keychain is back.</translation>
        </message>
    </context>
    <context>
        <name>Bars</name>
        <message>
            <source>程序内部出错（{name}）。列表仍然可用；日志里有记录，其中没有密码。</source>
            <translation>A mistake inside the program ({name}). The list still works; the log has a record, without passwords.</translation>
        </message>
        <message>
            <source>知道了</source>
            <translation>OK</translation>
        </message>
    </context>
    <context>
        <name>Deleting</name>
        <message>
            <source>没有删除：邮箱列表文件现在不能写入。</source>
            <translation>Not deleted: the list of accounts cannot be written just now.</translation>
        </message>
        <message>
            <source>已删除 {address} 和保存的密码。</source>
            <translation>{address} and its stored password are deleted.</translation>
        </message>
        <message numerus="yes">
            <source>已删除 %n 个邮箱和保存的密码。</source>
            <translation>
                <numerusform>%n account and its stored password are deleted.</numerusform>
                <numerusform>%n accounts and their stored passwords are deleted.</numerusform>
            </translation>
        </message>
        <message>
            <source>撤销</source>
            <translation>Undo</translation>
        </message>
        <message>
            <source>已删除 {address} 和保存的微软登录。</source>
            <translation>{address} and its Microsoft sign-in are deleted.</translation>
        </message>
    </context>
    <context>
        <name>Middle</name>
        <message>
            <source>正在打开邮箱列表…</source>
            <translation>Opening the list of accounts…</translation>
        </message>
    </context>
    <context>
        <name>ProgramMenu</name>
        <message>
            <source>没有保存：邮箱列表文件现在不能写入。</source>
            <translation>Not saved: the list of accounts cannot be written just now.</translation>
        </message>
    </context>
    <context>
        <name>Mending</name>
        <message>
            <source>浏览器没有打开；网址已复制。</source>
            <translation>The browser did not open; the address is copied.</translation>
        </message>
        <message>
            <source>已复制诊断信息，其中没有密码，地址已缩短。</source>
            <translation>Diagnostics copied: no password inside, the address is shortened.</translation>
        </message>
        <message>
            <source>已复制中文和英文的说明，可以发给管理员。</source>
            <translation>Copied in Chinese and English, ready to be sent to the administrator.</translation>
        </message>
    </context>
    <context>
        <name>OwnFilesBar</name>
        <message>
            <source>打开文件夹</source>
            <translation>Open folder</translation>
        </message>
        <message>
            <source>知道了</source>
            <translation>OK</translation>
        </message>
        <message>
            <source>改好后，重新打开程序就会使用。</source>
            <translation>Once corrected, it is used when the program is opened again.</translation>
        </message>
    </context>
    <context>
        <name>Program</name>
        <message>
            <source>来发信 · 邮箱助手已经打开，但没有回应。请先结束它，再重新打开。</source>
            <translation>Laifaxin · Mail Assistant is open already, but does not answer. Please end it, then open it again.</translation>
        </message>
    </context>
    <context>
        <name>RegistrationForm</name>
        <message>
            <source>common 个人和工作账户都行；organizations 只限工作账户；也可以填目录 ID 或域名。</source>
            <translation>common: personal and work accounts; organizations: work accounts only; or a directory ID or domain.</translation>
        </message>
        <message>
            <source>和应用“身份验证”页上登记的一样。只写 http://localhost 时，端口由程序挑选。</source>
            <translation>As registered on the app’s “Authentication” page. With http://localhost alone the program picks the port.</translation>
        </message>
        <message>
            <source>在应用的“概述”页上。</source>
            <translation>On the app’s “Overview” page.</translation>
        </message>
        <message>
            <source>复制</source>
            <translation>Copy</translation>
        </message>
        <message>
            <source>已复制。</source>
            <translation>Copied.</translation>
        </message>
        <message>
            <source>应用程序(客户端) ID</source>
            <translation>Application (client) ID</translation>
        </message>
        <message>
            <source>微软云</source>
            <translation>Microsoft cloud</translation>
        </message>
        <message>
            <source>目录(租户)</source>
            <translation>Directory (tenant)</translation>
        </message>
        <message>
            <source>目录里不能有空格。请填目录 ID 或域名，不是组织的名称。</source>
            <translation>A directory has no spaces in it: enter its ID or domain, not the organisation’s name.</translation>
        </message>
        <message>
            <source>请写成 http://localhost:端口/路径；端口和路径可以不写。</source>
            <translation>Write http://localhost:port/path; port and path may be left out.</translation>
        </message>
        <message>
            <source>请填 common、organizations、consumers、目录 ID 或域名。</source>
            <translation>Enter common, organizations, consumers, a directory ID or a domain.</translation>
        </message>
        <message>
            <source>这个云里没有个人账户，不能用 consumers。</source>
            <translation>This cloud has no personal accounts, so it cannot be consumers.</translation>
        </message>
        <message>
            <source>重定向地址</source>
            <translation>Redirect address</translation>
        </message>
        <message>
            <source>重定向地址只能是 localhost：登录结果不能送到别的电脑。</source>
            <translation>The redirect address can only be localhost: a sign-in must not go to another computer.</translation>
        </message>
        <message>
            <source>重定向地址要以 http:// 开头：浏览器要回到这台电脑上的程序，没有 https。</source>
            <translation>The redirect address begins with http://: the browser comes back to this program, which has no https.</translation>
        </message>
        <message>
            <source>按邮件记录，这个邮箱在“{0}”；别的云里的应用打不开它。</source>
            <translation>By its mail records this mailbox lives in “{0}”; an app of another cloud cannot open it.</translation>
        </message>
        <message>
            <source>这不是客户端 ID：它是 8-4-4-4-12 位的一串，像 {0}。</source>
            <translation>This is no client ID: one has the form 8-4-4-4-12, such as {0}.</translation>
        </message>
    </context>
    <context>
        <name>RevokeDialog</name>
        <message>
            <source>移除连接</source>
            <translation>Remove connection</translation>
        </message>
        <message>
            <source>移除 {0} 的连接？</source>
            <translation>Remove the connection of {0}?</translation>
        </message>
        <message>
            <source>保存的微软登录会从这台电脑上删除，之后不能再收发。邮箱和设置都留着；要再用它，点“重新授权”。</source>
            <translation>Its Microsoft sign-in is deleted from this computer, and mail stops. The account and its settings stay; to use it again, choose “Sign in again”.</translation>
        </message>
        <message>
            <source>取消</source>
            <translation>Cancel</translation>
        </message>
        <message>
            <source>关闭</source>
            <translation>Close</translation>
        </message>
        <message>
            <source>已移除连接</source>
            <translation>Connection removed</translation>
        </message>
        <message>
            <source>打开收回授权的页面</source>
            <translation>Open the page to revoke it</translation>
        </message>
        <message>
            <source>没有移除：邮箱列表文件现在不能写入。</source>
            <translation>Not removed: the file of accounts cannot be written now.</translation>
        </message>
        <message>
            <source>浏览器没有打开；网址已复制：{0}</source>
            <translation>The browser did not open; the address is copied: {0}</translation>
        </message>
        <message>
            <source>这台电脑上已经没有它的微软登录。微软那边还记得这次授权；要一并收回，请打开微软的页面，删除这个应用的权限。</source>
            <translation>This computer holds its Microsoft sign-in no more. Microsoft still remembers the permission; to revoke that as well, open Microsoft’s page and remove the app.</translation>
        </message>
    </context>
    <context>
        <name>SecretField</name>
        <message>
            <source>粘贴</source>
            <translation>Paste</translation>
        </message>
    </context>
    <context>
        <name>SecretPage</name>
        <message>
            <source>粘贴{0}</source>
            <translation>Paste the {0}</translation>
        </message>
        <message>
            <source>填写{0}</source>
            <translation>Enter the {0}</translation>
        </message>
        <message>
            <source>用于 {0}</source>
            <translation>For {0}</translation>
        </message>
        <message>
            <source>粘贴</source>
            <translation>Paste</translation>
        </message>
        <message>
            <source>还没有{0}？查看步骤</source>
            <translation>No {0} yet? Show me how</translation>
        </message>
        <message>
            <source>加密后只保存在这台电脑上；只发送给这个邮箱自己的收信和发信服务器。</source>
            <translation>Stored sealed on this computer only; sent only to this account’s own servers.</translation>
        </message>
        <message>
            <source>隐藏</source>
            <translation>Hide</translation>
        </message>
        <message>
            <source>显示</source>
            <translation>Show</translation>
        </message>
        <message>
            <source>剪贴板里没有文字。请先复制{0}，再点“粘贴”。</source>
            <translation>There is no text on the clipboard. Copy the {0} first, then choose “Paste”.</translation>
        </message>
        <message>
            <source>这里只有空格。</source>
            <translation>Only spaces here.</translation>
        </message>
        <message>
            <source>内容太长，像是粘贴了整段文字。请只复制{0}。</source>
            <translation>Too long: it looks like a whole paragraph. Please copy the {0} only.</translation>
        </message>
        <message>
            <source>中间有换行。请只复制{0}这一行。</source>
            <translation>There is a line break inside. Please copy only the line with the {0}.</translation>
        </message>
        <message>
            <source>这是邮箱地址，不是{0}。</source>
            <translation>This is the email address, not the {0}.</translation>
        </message>
        <message>
            <source>里面有中文或全角字符，{0}一般没有，请再复制一次。</source>
            <translation>There are Chinese or full-width characters inside; the {0} usually has none: please copy it again.</translation>
        </message>
        <message>
            <source>开头或结尾有空格；如果不是密码的一部分，请删掉。</source>
            <translation>There is a space at the start or the end; delete it unless it belongs to the password.</translation>
        </message>
        <message>
            <source>刚才没有通过的就是这个{0}；请换一个。</source>
            <translation>This is the {0} that was just refused: please use another one.</translation>
        </message>
        <message>
            <source>这更像是登录密码。{0}一般是 {1} 位，请确认没有复制错；也可以直接继续。</source>
            <translation>This looks more like your sign-in password. The {0} usually has {1} characters: please make sure; you may also just go on.</translation>
        </message>
        <message>
            <source>看起来是{0}的{1} ✓</source>
            <translation>This looks like the {1} of {0} ✓</translation>
        </message>
        <message>
            <source>看起来是{0} ✓</source>
            <translation>This looks like the {0} ✓</translation>
        </message>
    </context>
    <context>
        <name>ServerForm</name>
        <message>
            <source>用户名</source>
            <translation>User name</translation>
        </message>
        <message>
            <source>不加密时，密码和邮件内容会被途经的任何人看到。只在自己信任的内部网络里使用。</source>
            <translation>Without encryption, anybody on the way can read the password and the mail. Use it only inside a network you trust.</translation>
        </message>
        <message>
            <source>我了解风险</source>
            <translation>I understand the risk</translation>
        </message>
    </context>
    <context>
        <name>ServersPage</name>
        <message>
            <source>这些名称下有服务器回应，但它的证书不受信任。请向邮箱服务商或管理员核对名称；检测时会先让您看证书，再发送密码。</source>
            <translation>A server answers under these names, but its certificate is not trusted. Check the names with your provider or administrator; the check shows you the certificate before your password is sent.</translation>
        </message>
        <message>
            <source>服务器设置</source>
            <translation>Server settings</translation>
        </message>
        <message>
            <source>从这里收信和发信。不确定的话，保持原样就好。</source>
            <translation>Mail is received and sent here. If unsure, leave them as they are.</translation>
        </message>
        <message>
            <source>从这里收信和发信。</source>
            <translation>Mail is received and sent here.</translation>
        </message>
        <message>
            <source>已经查过</source>
            <translation>Already asked</translation>
        </message>
        <message>
            <source>没有自动找到服务器。请按邮箱服务商或管理员给的说明填写；网页邮箱的“帮助”里一般也有。</source>
            <translation>No servers were found. Enter them as your provider or administrator says; the help of the webmail usually has them too.</translation>
        </message>
        <message>
            <source>这些服务器是按常见名称试探到的，它们有回应，证书也有效；但请核对名称是不是您的邮箱服务商的，再发送密码。</source>
            <translation>These servers were found by trying usual names; they answer with valid certificates. Make sure the names are your provider’s before the password is sent.</translation>
        </message>
        <message>
            <source>这些服务器来自域名的邮件记录。请核对名称是不是您的邮箱服务商的，再发送密码。</source>
            <translation>These servers come from the domain’s mail records. Make sure the names are your provider’s before the password is sent.</translation>
        </message>
        <message>
            <source>已撤销，立即算数；下次检测时会再问您。</source>
            <translation>Taken back, from now on; the next check asks you again.</translation>
        </message>
        <message>
            <source>已撤销，保存以后算数；下次检测时会再问您。</source>
            <translation>Withdrawn as soon as you save; you will be asked again at the next check.</translation>
        </message>
    </context>
    <context>
        <name>ServersSummary</name>
        <message>
            <source>修改</source>
            <translation>Edit</translation>
        </message>
        <message>
            <source>用户名</source>
            <translation>User name</translation>
        </message>
        <message>
            <source>代理</source>
            <translation>Proxy</translation>
        </message>
    </context>
    <context>
        <name>SetupWizard</name>
        <message>
            <source>添加邮箱</source>
            <translation>Add account</translation>
        </message>
        <message>
            <source>重新授权</source>
            <translation>Sign in again</translation>
        </message>
        <message>
            <source>编辑服务器设置</source>
            <translation>Edit server settings</translation>
        </message>
        <message>
            <source>已完成</source>
            <translation>done</translation>
        </message>
        <message>
            <source>邮箱地址</source>
            <translation>Email address</translation>
        </message>
        <message>
            <source>登录方式</source>
            <translation>Sign-in</translation>
        </message>
        <message>
            <source>准备</source>
            <translation>Prepare</translation>
        </message>
        <message>
            <source>粘贴{0}</source>
            <translation>Paste the {0}</translation>
        </message>
        <message>
            <source>填写{0}</source>
            <translation>Enter the {0}</translation>
        </message>
        <message>
            <source>服务器设置</source>
            <translation>Server settings</translation>
        </message>
        <message>
            <source>检测</source>
            <translation>Check</translation>
        </message>
        <message>
            <source>完成</source>
            <comment>a step, not a button</comment>
            <translation>Done</translation>
        </message>
        <message>
            <source>应用信息</source>
            <translation>App details</translation>
        </message>
        <message>
            <source>登录微软</source>
            <translation>Sign in to Microsoft</translation>
        </message>
        <message>
            <source>粘贴令牌</source>
            <translation>Paste the token</translation>
        </message>
        <message>
            <source>验证令牌</source>
            <translation>Check the token</translation>
        </message>
    </context>
    <context>
        <name>SharedBox</name>
        <message>
            <source>例如共享邮箱。登录时用您自己的账户，检测时会确认它能打开这个邮箱。</source>
            <translation>A shared mailbox, for example. Sign in with your own account; the check makes sure that it opens this mailbox.</translation>
        </message>
        <message>
            <source>这个邮箱由别人授权给我使用</source>
            <translation>Somebody else lets me use this mailbox</translation>
        </message>
    </context>
    <context>
        <name>SignInPage</name>
        <message>
            <source>在浏览器中登录</source>
            <translation>Sign in with the browser</translation>
        </message>
        <message>
            <source>已复制。</source>
            <translation>Copied.</translation>
        </message>
        <message>
            <source>已登录微软账户</source>
            <translation>Signed in to Microsoft</translation>
        </message>
        <message>
            <source>没有登录成功</source>
            <translation>Not signed in</translation>
        </message>
        <message>
            <source>浏览器没有打开。请复制链接，粘贴到浏览器里。</source>
            <translation>The browser did not open. Copy the link and paste it into the browser.</translation>
        </message>
        <message>
            <source>用于 {0}</source>
            <translation>For {0}</translation>
        </message>
        <message>
            <source>用设备代码登录</source>
            <translation>Sign in with a device code</translation>
        </message>
        <message>
            <source>还没有登录</source>
            <translation>Not signed in yet</translation>
        </message>
        <message>
            <source>验证刷新令牌</source>
            <translation>Check the refresh token</translation>
        </message>
        <message>
            <source>登录停下了；填过的内容都还在。</source>
            <translation>Sign-in has stopped; everything you entered is still here.</translation>
        </message>
    </context>
    <context>
        <name>SignedCard</name>
        <message>
            <source>已登录</source>
            <translation>Signed in</translation>
        </message>
        <message>
            <source>已登录为 {0}</source>
            <translation>Signed in as {0}</translation>
        </message>
        <message>
            <source>换一个账号登录</source>
            <translation>Sign in with another account</translation>
        </message>
        <message>
            <source>登录身份：{0}；检测时会确认它能打开 {1}。</source>
            <translation>Signed in as {0}; the check makes sure that it opens {1}.</translation>
        </message>
        <message>
            <source>检测时会确认它能打开 {0}。</source>
            <translation>The check makes sure that it opens {0}.</translation>
        </message>
    </context>
    <context>
        <name>StepCard</name>
        <message>
            <source>复制网址</source>
            <translation>Copy address</translation>
        </message>
        <message>
            <source>我已完成</source>
            <translation>I have done this</translation>
        </message>
        <message>
            <source>已复制</source>
            <translation>Copied</translation>
        </message>
        <message>
            <source>浏览器没有打开。请复制网址，粘贴到浏览器里。</source>
            <translation>No browser opened. Copy the address and paste it into a browser.</translation>
        </message>
    </context>
    <context>
        <name>StoreProblem</name>
        <message>
            <source>邮箱列表打不开</source>
            <translation>The list of accounts does not open</translation>
        </message>
        <message>
            <source>重试</source>
            <translation>Try again</translation>
        </message>
        <message>
            <source>打开数据文件夹</source>
            <translation>Open data folder</translation>
        </message>
        <message>
            <source>保留旧文件，新建列表</source>
            <translation>Keep the old file, begin a new list</translation>
        </message>
    </context>
    <context>
        <name>Times</name>
        <message>
            <source>刚刚</source>
            <translation>just now</translation>
        </message>
        <message numerus="yes">
            <source>%n 分钟前</source>
            <translation>
                <numerusform>%n min ago</numerusform>
                <numerusform>%n min ago</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n 小时前</source>
            <translation>
                <numerusform>%n h ago</numerusform>
                <numerusform>%n h ago</numerusform>
            </translation>
        </message>
        <message>
            <source>昨天</source>
            <translation>yesterday</translation>
        </message>
        <message numerus="yes">
            <source>%n 天前</source>
            <translation>
                <numerusform>%n day ago</numerusform>
                <numerusform>%n days ago</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>TokenForm</name>
        <message>
            <source>刷新令牌</source>
            <translation>Refresh token</translation>
        </message>
        <message>
            <source>刷新令牌不完整：它有几百到几千个字符。请再复制一次。</source>
            <translation>The refresh token is not whole: it has hundreds or thousands of characters. Copy it again.</translation>
        </message>
        <message>
            <source>已识别：客户端 ID {0}，刷新令牌 {1} 个字符。</source>
            <translation>Recognised: client ID {0}, refresh token of {1} characters.</translation>
        </message>
        <message>
            <source>没有认出来。请粘贴一整行，或者在下面分开填写。</source>
            <translation>Not recognised. Paste a whole line, or fill in the fields below.</translation>
        </message>
        <message>
            <source>粘贴</source>
            <translation>Paste</translation>
        </message>
        <message>
            <source>粘贴一整行</source>
            <translation>Paste a whole line</translation>
        </message>
        <message>
            <source>粘贴了 {0} 行，没有一行是这个邮箱的。</source>
            <translation>{0} lines were pasted, and none is for this mailbox.</translation>
        </message>
        <message>
            <source>这一行是 {0} 的，不是这个邮箱的；登录后会核对。</source>
            <translation>This line is for {0}, not for this mailbox; that is checked after signing in.</translation>
        </message>
        <message>
            <source>这一行里没有客户端 ID（8-4-4-4-12 位的一串）。</source>
            <translation>There is no client ID (of the form 8-4-4-4-12) in this line.</translation>
        </message>
        <message>
            <source>邮箱----密码----客户端 ID----刷新令牌，后两项不分先后；密码不会保留。</source>
            <translation>address----password----client ID----refresh token, the last two in any order; the password is not kept.</translation>
        </message>
    </context>
    <context>
        <name>Toolbar</name>
        <message>
            <source>添加邮箱</source>
            <translation>&amp;Add account</translation>
        </message>
        <message>
            <source>检测全部</source>
            <translation>&amp;Check all</translation>
        </message>
        <message>
            <source>搜索邮箱</source>
            <translation>Search accounts</translation>
        </message>
        <message>
            <source>菜单</source>
            <translation>Menu</translation>
        </message>
        <message>
            <source>语言</source>
            <translation>Language</translation>
        </message>
        <message>
            <source>打开数据文件夹</source>
            <translation>Open data folder</translation>
        </message>
        <message>
            <source>打开日志文件夹</source>
            <translation>Open log folder</translation>
        </message>
        <message>
            <source>关于</source>
            <translation>About</translation>
        </message>
        <message>
            <source>退出</source>
            <translation>Quit</translation>
        </message>
    </context>
    <context>
        <name>VaultBar</name>
        <message>
            <source>主密码不正确，请再输入一次。</source>
            <translation>The main password is not correct; please enter it again.</translation>
        </message>
        <message>
            <source>输入主密码，才能检测和使用保存的密码。</source>
            <translation>Enter the main password to use the stored passwords.</translation>
        </message>
        <message>
            <source>正在等待系统钥匙串…请看看它是否在要求输入密码。</source>
            <translation>Waiting for the system’s keychain… Please see whether it asks for a password.</translation>
        </message>
        <message>
            <source>系统钥匙串已锁定，保存的密码暂时取不到。解锁后点重试。</source>
            <translation>The system’s keychain is locked, so stored passwords cannot be had. Unlock it and try again.</translation>
        </message>
        <message>
            <source>没有找到安全的系统钥匙串。可以设一个主密码来保护密码，或者只在本次使用。</source>
            <translation>There is no safe keychain on this system. A main password can protect the passwords, or they are kept only this time.</translation>
        </message>
        <message>
            <source>打开</source>
            <translation>Open</translation>
        </message>
        <message>
            <source>重试</source>
            <translation>Try again</translation>
        </message>
        <message>
            <source>只在本次使用</source>
            <translation>Only this time</translation>
        </message>
        <message>
            <source>设置主密码</source>
            <translation>Set a main password</translation>
        </message>
        <message>
            <source>主密码</source>
            <translation>Main password</translation>
        </message>
    </context>
    <context>
        <name>WaitingCard</name>
        <message>
            <source>取消登录</source>
            <translation>Cancel sign-in</translation>
        </message>
        <message>
            <source>复制链接</source>
            <translation>Copy link</translation>
        </message>
        <message>
            <source>已经等了 5 分钟。没有看到登录页的话，请重新打开浏览器，或者换一种办法。</source>
            <translation>Five minutes have passed. If you see no sign-in page, open the browser again, or use another way.</translation>
        </message>
        <message>
            <source>改用设备代码</source>
            <translation>Use device code</translation>
        </message>
        <message>
            <source>有密码的应用不能用设备代码登录：微软只对公共应用开放它。</source>
            <translation>An app with a secret cannot sign in with a device code: Microsoft allows that to public apps only.</translation>
        </message>
        <message>
            <source>重新打开浏览器</source>
            <translation>Open browser again</translation>
        </message>
        <message>
            <source>微软会把它换成本程序自己的授权。</source>
            <translation>Microsoft exchanges it for a sign-in of this program.</translation>
        </message>
        <message>
            <source>正在准备登录页…</source>
            <translation>Preparing the sign-in page…</translation>
        </message>
        <message>
            <source>正在向微软要一个设备代码…</source>
            <translation>Asking Microsoft for a device code…</translation>
        </message>
        <message>
            <source>正在等待浏览器…</source>
            <translation>Waiting for the browser…</translation>
        </message>
        <message>
            <source>正在验证刷新令牌…</source>
            <translation>Checking the refresh token…</translation>
        </message>
        <message>
            <source>请在浏览器里登录微软账户并同意授权；密码不经过本程序。完成后这里会自己继续。</source>
            <translation>Sign in to Microsoft in the browser and accept; this program never sees the password. It then goes on by itself.</translation>
        </message>
        <message>
            <source>网页上“AADSTS”后面的数字；填好就能看到原因和办法。</source>
            <translation>The figures after “AADSTS” on the page: they tell what is wrong and what to do.</translation>
        </message>
        <message>
            <source>网页上显示错误？</source>
            <translation>Does the page show an error?</translation>
        </message>
        <message>
            <source>错误编号</source>
            <translation>Error number</translation>
        </message>
    </context>
    <context>
        <name>WayCard</name>
        <message>
            <source>查看来源</source>
            <translation>See the source</translation>
        </message>
    </context>
    <context>
        <name>WayPage</name>
        <message>
            <source>{0}只有这一种方式。</source>
            <translation>{0} has only this one way.</translation>
        </message>
        <message>
            <source>登录方式</source>
            <translation>Sign-in</translation>
        </message>
        <message>
            <source>{0}可以这样登录，选一种。</source>
            <translation>{0} can sign in like this; choose one.</translation>
        </message>
        <message>
            <source>选择这个邮箱的登录方式。</source>
            <translation>Choose how this account signs in.</translation>
        </message>
    </context>
    <context>
        <name>WayWords</name>
        <message>
            <source>通过代理 {proxy}（{kind}）连接。</source>
            <translation>Connects through the proxy {proxy} ({kind}).</translation>
        </message>
        <message>
            <source>直接连接，不用系统的代理。</source>
            <translation>Connects directly, past the system’s proxy.</translation>
        </message>
        <message>
            <source>、</source>
            <comment>between two servers</comment>
            <translation>, </translation>
        </message>
        <message>
            <source>您允许过证书的服务器：{places}。</source>
            <translation>You have accepted the certificate of {places}.</translation>
        </message>
    </context>
    <context>
        <name>WaysOut</name>
        <message>
            <source>修改应用信息</source>
            <translation>Change the app details</translation>
        </message>
        <message>
            <source>再要一个代码</source>
            <translation>Get another code</translation>
        </message>
        <message>
            <source>再验证一次</source>
            <translation>Check it again</translation>
        </message>
        <message>
            <source>换一种登录方式</source>
            <translation>Sign in another way</translation>
        </message>
        <message>
            <source>改用浏览器</source>
            <translation>Use the browser</translation>
        </message>
        <message>
            <source>改用设备代码</source>
            <translation>Use device code</translation>
        </message>
        <message>
            <source>重新打开浏览器</source>
            <translation>Open browser again</translation>
        </message>
        <message>
            <source>重新粘贴令牌</source>
            <translation>Paste another token</translation>
        </message>
        <message>
            <source>设置代理…</source>
            <translation>Set a proxy…</translation>
        </message>
    </context>
    <context>
        <name>NetworkBar</name>
        <message>
            <source>浏览器没有打开；网址已复制：{url}</source>
            <translation>The browser did not open; the address is copied: {url}</translation>
        </message>
        <message>
            <source>恢复后会自动重新检测。</source>
            <translation>They are checked again automatically when it is over.</translation>
        </message>
    </context>
    <context>
        <name>OtherWays</name>
        <message>
            <source>其他办法</source>
            <translation>Other ways</translation>
        </message>
        <message>
            <source>改用微软登录</source>
            <translation>Use Microsoft sign-in</translation>
        </message>
        <message>
            <source>改用 Graph 发信</source>
            <translation>Send by Graph</translation>
        </message>
        <message>
            <source>改用 Graph 收信</source>
            <translation>Receive by Graph</translation>
        </message>
    </context>
    <context>
        <name>ForeignHost</name>
        <message>
            <source>要改用 {0} 吗？</source>
            <translation>Use {0} instead?</translation>
        </message>
        <message>
            <source>{there} 不是 {here} 的名称，只有证书里写着它；改用以后，密码会发给它。</source>
            <translation>The name {there} does not belong to {here}; only the certificate mentions it. If you use it, your password is sent there.</translation>
        </message>
        <message>
            <source>确认它是您的邮箱服务商的，才改用；不确定就先问服务商。</source>
            <translation>Use it only if you know that it is your mail provider’s; if you are not sure, ask the provider first.</translation>
        </message>
        <message>
            <source>不改</source>
            <translation>Leave it</translation>
        </message>
        <message>
            <source>是我的服务商，改用它</source>
            <translation>It is my provider’s, use it</translation>
        </message>
    </context>
    <context>
        <name>CertificatePage</name>
        <message>
            <source>服务器证书</source>
            <translation>Server certificate</translation>
        </message>
        <message>
            <source>、</source>
            <comment>between two servers</comment>
            <translation>, </translation>
        </message>
        <message>
            <source>您以前允许的证书，指纹是：</source>
            <translation>The certificate you allowed before has the fingerprint:</translation>
        </message>
        <message>
            <source>现在出示的证书，指纹是：</source>
            <translation>The certificate shown now has the fingerprint:</translation>
        </message>
        <message>
            <source>{issuer}（自签名）</source>
            <translation>{issuer} (self-signed)</translation>
        </message>
        <message>
            <source>用于</source>
            <translation>For</translation>
        </message>
        <message>
            <source>颁发者</source>
            <translation>Issued by</translation>
        </message>
        <message>
            <source>生效</source>
            <translation>Valid from</translation>
        </message>
        <message>
            <source>到期</source>
            <translation>Valid until</translation>
        </message>
        <message>
            <source>密钥和签名</source>
            <translation>Key and signature</translation>
        </message>
        <message>
            <source>SHA-256 指纹</source>
            <translation>SHA-256 fingerprint</translation>
        </message>
        <message>
            <source>为什么不信任它</source>
            <translation>Why it is not trusted</translation>
        </message>
        <message>
            <source>允许它，就是同意：</source>
            <translation>To allow it means:</translation>
        </message>
        <message>
            <source>这是本机程序（如 Proton Mail Bridge）的证书，连接不离开这台电脑。</source>
            <translation>This is the certificate of a program on this computer, such as Proton Mail Bridge; the connection does not leave the computer.</translation>
        </message>
        <message>
            <source>允许之前，请向管理员核对指纹：每一位都一样才允许。</source>
            <translation>Before you allow it, compare the fingerprint with your administrator: every digit must be the same.</translation>
        </message>
        <message>
            <source>以后连接 {0} 时，只认这一张证书，不再要求有机构担保；</source>
            <translation>From now on only this certificate is accepted at {0}, without any authority to vouch for it;</translation>
        </message>
        <message>
            <source>密码会交给出示它的服务器；</source>
            <translation>your password goes to the server that shows it;</translation>
        </message>
        <message>
            <source>{0}；</source>
            <comment>one more term</comment>
            <translation>{0};</translation>
        </message>
        <message>
            <source>换成别的证书会再问您，随时可以在服务器设置里撤销。</source>
            <translation>you are asked again when another one is shown, and can take this back in the server settings at any time.</translation>
        </message>
        <message>
            <source>现在的网络要先登录才能使用，出示证书的可能是它，所以不能允许。</source>
            <translation>This network wants you to sign in first, and may be the one that shows the certificate, so it cannot be allowed.</translation>
        </message>
        <message>
            <source>这样的证书谁都能冒充，所以不能允许。请管理员或服务商换一张。</source>
            <translation>Anybody could imitate a certificate like this, so it cannot be allowed. Ask the administrator or provider to replace it.</translation>
        </message>
        <message>
            <source>新证书由受信任的机构签发，没有问题；撤销以前的允许就能继续使用。</source>
            <translation>The new certificate comes from a trusted authority and is fine; once you take back the old permission, you can go on.</translation>
        </message>
        <message>
            <source>这样的证书不能允许：要在服务器那边改好，或者改正这里的服务器名称。</source>
            <translation>A certificate like this cannot be allowed: it has to be mended at the server, or the server’s name has to be corrected here.</translation>
        </message>
        <message>
            <source>复制</source>
            <translation>Copy</translation>
        </message>
        <message>
            <source>允许新的证书</source>
            <translation>Allow the new certificate</translation>
        </message>
        <message>
            <source>允许这张证书</source>
            <translation>Allow this certificate</translation>
        </message>
        <message>
            <source>撤销以前的允许</source>
            <translation>Take back the old permission</translation>
        </message>
        <message>
            <source>不允许</source>
            <translation>Do not allow</translation>
        </message>
        <message>
            <source>关闭</source>
            <translation>Close</translation>
        </message>
        <message>
            <source>这样的证书不能允许：要在服务器那边改好，请告诉服务商或管理员。</source>
            <translation>A certificate like this cannot be allowed: it has to be mended at the server. Please tell the provider or administrator.</translation>
        </message>
    </context>
    <context>
        <name>ProxyForm</name>
        <message>
            <source>按系统设置</source>
            <translation>As the system’s settings say</translation>
        </message>
        <message>
            <source>不使用代理</source>
            <translation>No proxy</translation>
        </message>
        <message>
            <source>代理</source>
            <translation>Proxy</translation>
        </message>
        <message>
            <source>主机名和端口</source>
            <translation>Host name and port</translation>
        </message>
        <message>
            <source>可以把整个代理地址粘贴到这里。</source>
            <translation>A whole proxy address can be pasted here.</translation>
        </message>
        <message>
            <source>代理的端口</source>
            <translation>Proxy’s port</translation>
        </message>
        <message>
            <source>代理的用户名</source>
            <translation>Proxy’s user name</translation>
        </message>
        <message>
            <source>代理不用登录，就留空。</source>
            <translation>Leave it empty if the proxy wants no login.</translation>
        </message>
        <message>
            <source>代理的密码</source>
            <translation>Proxy’s password</translation>
        </message>
        <message>
            <source>粘贴</source>
            <translation>Paste</translation>
        </message>
        <message>
            <source>隐藏</source>
            <translation>Hide</translation>
        </message>
        <message>
            <source>显示</source>
            <translation>Show</translation>
        </message>
        <message>
            <source>电脑的系统设置里有代理就用它，没有就直接连接。</source>
            <translation>If this computer’s settings name a proxy, it is used; if not, the connection is direct.</translation>
        </message>
        <message>
            <source>直接连接；系统设置里有代理也不用。</source>
            <translation>The connection is direct, even where this computer’s settings name a proxy.</translation>
        </message>
        <message>
            <source>这个邮箱的收信、发信和登录都经过这个代理，别的邮箱不变。</source>
            <translation>This account receives, sends and signs in through this proxy; other accounts stay as they are.</translation>
        </message>
        <message>
            <source>已保存，不用再填</source>
            <translation>Stored; no need to type it again</translation>
        </message>
        <message>
            <source>代理（一般不用设置）</source>
            <translation>Proxy (seldom needed)</translation>
        </message>
    </context>
    <context>
        <name>ExceptionList</name>
        <message>
            <source>您允许过的证书</source>
            <translation>Certificates that you allowed</translation>
        </message>
        <message>
            <source>连接这些服务器时只认这张证书，不要求有机构担保。撤销以后，下次检测会再问您。</source>
            <translation>These servers are known by this one certificate, and no authority need vouch for it. Once it is taken back, the next check asks again.</translation>
        </message>
        <message>
            <source>、</source>
            <comment>between two terms</comment>
            <translation>, </translation>
        </message>
        <message>
            <source>撤销</source>
            <translation>Take back</translation>
        </message>
        <message>
            <source>撤销对 {0} 的允许</source>
            <translation>Take back the permission for {0}</translation>
        </message>
    </context>
    <context>
        <name>ProxyDialog</name>
        <message>
            <source>代理</source>
            <translation>Proxy</translation>
        </message>
        <message>
            <source>这个邮箱怎样连接网络？</source>
            <translation>How does this account connect?</translation>
        </message>
        <message>
            <source>取消</source>
            <translation>Cancel</translation>
        </message>
        <message>
            <source>再试一次</source>
            <translation>Try again</translation>
        </message>
    </context>
</TS>
