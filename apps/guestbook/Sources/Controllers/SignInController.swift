import Zzz

/// Who keeps the book signs in here.
struct SignInController: Sendable {
    let keeper: Keeper

    func form(_ context: Context) throws { try form(SignInForm(), context) }

    private func form(_ draft: SignInForm, _ context: Context) throws {
        try context.page(Templates.signIn.new(draft: draft, isDemo: keeper.isDemo))
    }

    func create(_ context: Context) async throws {
        let name = context.params["name"] ?? ""
        guard try await keeper.accepts(name: name, password: context.params["password"] ?? "", context) else {
            context.status = .unauthorized
            return try form(SignInForm(name: name, isRefused: true), context)
        }
        // Whoever knew the session before has nothing now.
        context.session.renew()
        context.session[keeperSessionName] = keeper.name
        context.flash.info = "Welcome, \(keeper.name)."
        try context.redirect(to: context.link("/"), status: .seeOther)
    }

    func delete(_ context: Context) throws {
        context.session.clear()
        context.flash.info = "You are signed out."
        try context.redirect(to: context.link("/"), status: .seeOther)
    }
}

private let keeperSessionName = "keeper"

extension Context {
    /// The name of the keeper, when it is the keeper who asks.
    var keeperName: String? { session[keeperSessionName] }
}

/// Sends everybody else to the page for signing in.
@Sendable func requireKeeper(_ context: Context) throws -> Next {
    guard context.keeperName == nil else { return .next }
    context.flash.error = "Please sign in first."
    try context.redirect(to: context.link("/sign-in"), status: .seeOther)
    return .halt
}
