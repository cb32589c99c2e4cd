extension Unmanaged {
    /// `_withUnsafeGuaranteedRef` with typed throws: calls `body` with the object, without counting references.
    /// Somebody else keeps it alive meanwhile.
    @inline(__always)
    func borrow<Value, Failure: Error>(_ body: (Instance) throws(Failure) -> Value) throws(Failure) -> Value {
        let outcome: Result<Value, Failure> = _withUnsafeGuaranteedRef { object in
            do throws(Failure) { return .success(try body(object)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }
}
