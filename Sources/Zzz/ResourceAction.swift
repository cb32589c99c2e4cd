/// The actions of a resource, with the names that Rails and Phoenix made known.
public enum ResourceAction: String, CaseIterable, Sendable {
    /// GET /posts
    case index
    /// GET /posts/new
    case new
    /// POST /posts
    case create
    /// GET /posts/:id
    case show
    /// GET /posts/:id/edit
    case edit
    /// PATCH and PUT /posts/:id
    case update
    /// DELETE /posts/:id
    case delete

    var methods: MethodSet {
        switch self {
        case .index, .new, .show, .edit: MethodSet(.get)
        case .create: MethodSet(.post)
        case .update: MethodSet([.patch, .put])
        case .delete: MethodSet(.delete)
        }
    }

    /// The pattern below the resource's own path; `member` is "/:id", or "" for a singleton.
    func suffix(member: String) -> String {
        switch self {
        case .index, .create: ""
        case .new: "/new"
        case .show, .update, .delete: member
        case .edit: member + "/edit"
        }
    }
}
