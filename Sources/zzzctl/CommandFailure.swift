import ZzzControl

/// A command has said everything and ends with a status other than 0.
struct Finished: Error {
    var status: ExitStatus
}

/// Why a command ends with a status other than 0: what is said about it, and the status.
struct CommandFailure: Error {
    var status: ExitStatus
    var error: ControlError

    init(_ status: ExitStatus, _ error: ControlError) {
        self.status = status
        self.error = error
    }

    /// What a failed call to the daemon means, and what to do about it.
    init(_ error: ControlClientError, socket: String) {
        switch error {
        case .unreachable:
            self.init(
                .unreachable,
                ControlError(
                    ControlError.Code(rawValue: "unreachable"), error.description,
                    remedy: "start the daemon (systemctl start zzzd, or zzzd), or name its socket with --socket or "
                        + "ZZZ_SOCKET"))
        case .forbidden:
            self.init(
                .forbidden,
                ControlError(
                    .notPermitted, error.description,
                    remedy: "run zzzctl as root or as the daemon's user, or join the group that control.group names"))
        case .failed(let error):
            self.init(error.code == .notPermitted ? .forbidden : .failed, error)
        case .timedOut, .closed, .notAResponse:
            self.init(
                .noAnswer,
                ControlError(
                    ControlError.Code(rawValue: "no-answer"), "\(socket): \(error.description)",
                    remedy: "look at the daemon's log (journalctl -u zzzd); --timeout waits longer"))
        }
    }
}
