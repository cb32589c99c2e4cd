import Zzz

extension Views {
    /// - Parameters:
    ///   - name: what was typed already.
    ///   - error: why it did not work.
    func signIn(_ context: Context, name: String = "", error: String? = nil, isDemo: Bool) -> HTML {
        layout(
            context, title: "Sign in",
            """
            <h1>Sign in</h1>
            <p>Whoever keeps this book signs in here, to remove what should not be in it.</p>
            \(error.map { "<p class=\"flash error\" role=\"alert\">\($0)</p>" as HTML })
            <form class="card narrow" method="post" action="\(context.link("/sign-in"))">
            \(csrfField(context))
            <div class="field"><label for="name">Name</label>
            <input id="name" name="name" value="\(name)" autocomplete="username" required></div>
            <div class="field"><label for="password">Password</label>
            <input id="password" name="password" type="password" autocomplete="current-password" required></div>
            <p class="actions"><button>Sign in</button></p>
            </form>
            \(isDemo ? demoHint : nil)
            """)
    }

    private var demoHint: HTML {
        """
        <p class="hint">This is a demonstration: the name is <code>\(Keeper.demo.name)</code> and the password
        <code>\(Keeper.demoPassword)</code>.</p>
        """
    }
}
