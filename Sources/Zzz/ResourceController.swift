/// The handlers of a resource. Write the actions that exist, synchronous or `async`, returning nothing or an
/// ``Answer``:
///
/// ```swift
/// struct PostController: ResourceController {
///     func index(_ context: Context) throws -> Response { try .json(posts.all()) }
///     func show(_ context: Context) async throws -> Post { try await posts.find(context.params.require("id")) }
/// }
/// ```
/// ``resources(_:_:only:except:name:param:file:line:_:)`` makes routes for those, and for no others.
public protocol ResourceController: Sendable {
    associatedtype IndexResult = Unwritten
    associatedtype AsyncIndexResult = Unwritten
    associatedtype NewResult = Unwritten
    associatedtype AsyncNewResult = Unwritten
    associatedtype CreateResult = Unwritten
    associatedtype AsyncCreateResult = Unwritten
    associatedtype ShowResult = Unwritten
    associatedtype AsyncShowResult = Unwritten
    associatedtype EditResult = Unwritten
    associatedtype AsyncEditResult = Unwritten
    associatedtype UpdateResult = Unwritten
    associatedtype AsyncUpdateResult = Unwritten
    associatedtype DeleteResult = Unwritten
    associatedtype AsyncDeleteResult = Unwritten

    func index(_ context: Context) throws -> IndexResult
    func index(_ context: Context) async throws -> AsyncIndexResult
    func new(_ context: Context) throws -> NewResult
    func new(_ context: Context) async throws -> AsyncNewResult
    func create(_ context: Context) throws -> CreateResult
    func create(_ context: Context) async throws -> AsyncCreateResult
    func show(_ context: Context) throws -> ShowResult
    func show(_ context: Context) async throws -> AsyncShowResult
    func edit(_ context: Context) throws -> EditResult
    func edit(_ context: Context) async throws -> AsyncEditResult
    func update(_ context: Context) throws -> UpdateResult
    func update(_ context: Context) async throws -> AsyncUpdateResult
    func delete(_ context: Context) throws -> DeleteResult
    func delete(_ context: Context) async throws -> AsyncDeleteResult
}

/// The result of an action that a controller does not have. Inference gives a controller's own function precedence
/// over the ones below, so that the result's type tells which actions were written.
public enum Unwritten: Sendable {}

extension ResourceController {
    public func index(_ context: Context) throws -> Unwritten { throw Abort(.notFound) }
    public func index(_ context: Context) async throws -> Unwritten { throw Abort(.notFound) }
    public func new(_ context: Context) throws -> Unwritten { throw Abort(.notFound) }
    public func new(_ context: Context) async throws -> Unwritten { throw Abort(.notFound) }
    public func create(_ context: Context) throws -> Unwritten { throw Abort(.notFound) }
    public func create(_ context: Context) async throws -> Unwritten { throw Abort(.notFound) }
    public func show(_ context: Context) throws -> Unwritten { throw Abort(.notFound) }
    public func show(_ context: Context) async throws -> Unwritten { throw Abort(.notFound) }
    public func edit(_ context: Context) throws -> Unwritten { throw Abort(.notFound) }
    public func edit(_ context: Context) async throws -> Unwritten { throw Abort(.notFound) }
    public func update(_ context: Context) throws -> Unwritten { throw Abort(.notFound) }
    public func update(_ context: Context) async throws -> Unwritten { throw Abort(.notFound) }
    public func delete(_ context: Context) throws -> Unwritten { throw Abort(.notFound) }
    public func delete(_ context: Context) async throws -> Unwritten { throw Abort(.notFound) }

    /// The route action for a resource action, or nil when the controller does not have it.
    func action(_ action: ResourceAction) -> Route.Action? {
        switch action {
        case .index:
            Self.choose({ try $0.index($1) as IndexResult }, { try await $0.index($1) as AsyncIndexResult }, self)
        case .new: Self.choose({ try $0.new($1) as NewResult }, { try await $0.new($1) as AsyncNewResult }, self)
        case .create:
            Self.choose({ try $0.create($1) as CreateResult }, { try await $0.create($1) as AsyncCreateResult }, self)
        case .show: Self.choose({ try $0.show($1) as ShowResult }, { try await $0.show($1) as AsyncShowResult }, self)
        case .edit: Self.choose({ try $0.edit($1) as EditResult }, { try await $0.edit($1) as AsyncEditResult }, self)
        case .update:
            Self.choose({ try $0.update($1) as UpdateResult }, { try await $0.update($1) as AsyncUpdateResult }, self)
        case .delete:
            Self.choose({ try $0.delete($1) as DeleteResult }, { try await $0.delete($1) as AsyncDeleteResult }, self)
        }
    }

    private static func choose<Sync, Async>(
        _ sync: @escaping @Sendable (Self, Context) throws -> Sync,
        _ async: @escaping @Sendable (Self, Context) async throws -> Async, _ controller: Self
    ) -> Route.Action? {
        if Sync.self == Void.self {
            return .sync { _ = try sync(controller, $0) }
        }
        if let answer = Sync.self as? any Answer.Type {
            return .sync { try deliver(sync(controller, $0), as: answer, to: $0) }
        }
        if Sync.self != Unwritten.self {
            return .invalid("\(Self.self) returns \(Sync.self), which is not an Answer")
        }
        if Async.self == Void.self {
            return .async { _ = try await async(controller, $0) }
        }
        if let answer = Async.self as? any Answer.Type {
            return .async { try deliver(await async(controller, $0), as: answer, to: $0) }
        }
        if Async.self != Unwritten.self {
            return .invalid("\(Self.self) returns \(Async.self), which is not an Answer")
        }
        return nil
    }
}

private func deliver<Value, Result: Answer>(_ value: Value, as type: Result.Type, to context: Context) throws {
    guard let value = value as? Result else { preconditionFailure("\(Value.self) was seen to be \(type)") }
    try value.answer(context)
}
