import ZzzJSON

/// Maps a request line to a response line: reads the request, checks who sent it, calls the service, writes the result.
public struct ControlDispatcher<Service: ControlService & Sendable>: Sendable {
    private let service: Service
    private let access: ControlAccess

    public init(service: Service, access: ControlAccess) {
        self.service = service
        self.access = access
    }

    /// The response line, its LF included, to a request line without its LF.
    public func respond(to line: [UInt8], from peer: PeerCredentials) -> [UInt8] {
        let request: ControlRequest
        do {
            request = try ControlRequest(line: line)
        } catch {
            // Strangers do not learn what a request looks like.
            let error = access.allows(peer) ? error.error : access.refusal(of: peer)
            return ControlResponse.line(id: nil, error: error)
        }
        do throws(ControlError) {
            guard access.allows(peer) else { throw access.refusal(of: peer) }
            return try result(of: request)
        } catch {
            return ControlResponse.line(id: request.id, error: error)
        }
    }

    private func result(of request: ControlRequest) throws(ControlError) -> [UInt8] {
        switch request.command {
        case .status: try ControlResponse.line(id: request.id, result: service.status())
        case .apps: try ControlResponse.line(id: request.id, result: service.apps())
        case .routes: try ControlResponse.line(id: request.id, result: service.routes(app: request.app))
        case .metrics: try ControlResponse.line(id: request.id, result: service.metrics(app: request.app))
        case .crashes: try ControlResponse.line(id: request.id, result: service.crashes(app: request.app))
        case .sockets:
            try ControlResponse.line(
                id: request.id, result: service.sockets(app: request.app, id: request.arguments["id"]))
        case .channels: try ControlResponse.line(id: request.id, result: service.channels(app: request.app))
        case .presence:
            try ControlResponse.line(
                id: request.id, result: service.presence(topic: request.required("topic"), app: request.app))
        case .disconnect:
            try ControlResponse.line(
                id: request.id, result: service.disconnect(id: request.required("id"), app: request.app))
        case .reload: try ControlResponse.line(id: request.id, result: service.reload(app: request.app))
        case .rollback: try ControlResponse.line(id: request.id, result: service.rollback(app: request.required("app")))
        case .unload: try ControlResponse.line(id: request.id, result: service.unload(app: request.required("app")))
        case .check: try ControlResponse.line(id: request.id, result: service.check())
        case .upgrade:
            try ControlResponse.line(
                id: request.id,
                result: service.upgrade(
                    binary: request.arguments["binary"], readyWithinMilliseconds: request.readyWithinMilliseconds()))
        case .stop: try ControlResponse.line(id: request.id, result: service.stop())
        }
    }
}
