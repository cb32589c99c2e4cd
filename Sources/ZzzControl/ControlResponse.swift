import ZzzJSON

/// One response line: `{"id":1,"ok":true,"result":{...}}` or `{"id":1,"ok":false,"error":{...}}`.
public enum ControlResponse {
    /// The line, its LF included, of a command that succeeded.
    public static func line(id: Int, result: some Encodable) throws(ControlError) -> [UInt8] {
        do {
            return try JSONBytesEncoder().encode(Success(id: id, result: result)) + [UInt8(ascii: "\n")]
        } catch {
            throw ControlError(.internalError, "the result cannot be written as JSON: \(error)")
        }
    }

    /// The line, its LF included, of a command that failed. The id is null when the request had none that could be
    /// read.
    public static func line(id: Int?, error: ControlError) -> [UInt8] {
        do {
            return try JSONBytesEncoder().encode(Failure(id: id, error: error)) + [UInt8(ascii: "\n")]
        } catch {
            // Strings and integers can always be written.
            preconditionFailure("a control error cannot be written as JSON: \(error)")
        }
    }

    /// Reads a response line without its LF: the id and the result, or throws the error it carries.
    static func result<Result: Decodable>(
        _ type: Result.Type, of line: [UInt8]
    ) throws(ControlClientError) -> (id: Int?, result: Result) {
        let failure: Outcome
        do {
            let outcome = try JSONBytesDecoder().decode(Outcome.self, from: line)
            if outcome.ok {
                let success = try JSONBytesDecoder().decode(Success<Result>.self, from: line)
                return (success.id, success.result)
            }
            failure = outcome
        } catch {
            throw .notAResponse(ControlRequest.reason(error))
        }
        guard let error = failure.error else { throw .notAResponse("it is neither a result nor an error") }
        throw .failed(error)
    }

    fileprivate struct Success<Result> {
        var id: Int
        var ok = true
        var result: Result
    }

    /// The id is there also when it is null, which synthesized code would leave out.
    private struct Failure: Encodable {
        var id: Int?
        var error: ControlError

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(id, forKey: .id)
            try container.encode(false, forKey: .ok)
            try container.encode(error, forKey: .error)
        }

        private enum Key: String, CodingKey {
            case id, ok, error
        }
    }

    private struct Outcome: Decodable {
        var ok: Bool
        var error: ControlError?
    }
}

extension ControlResponse.Success: Encodable where Result: Encodable {}

extension ControlResponse.Success: Decodable where Result: Decodable {}
