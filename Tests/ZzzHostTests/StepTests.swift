import Testing
import ZzzAppABI

@testable import ZzzHost

/// What the host makes of an app's statuses and messages.
@Suite struct StepTests {
    @Test func theAppsOwnWords() throws {
        var script = ScriptedApp.Script()
        script.create = { _, error in Refusal(Status.app, "no database\nanywhere").write(to: error) }
        let generation = try ScriptedApp.make(script)
        let error = failure { () throws(AppError) in try generation.create(ScriptedApp.host) }
        #expect(error?.reason == "create failed: no database anywhere (ZZZ_ERROR_APP)")
        #expect(generation.lifecycle == .failed)
    }

    @Test func noWords() throws {
        var script = ScriptedApp.Script()
        script.enroll = { _, _ in Status.limit }
        let generation = try ScriptedApp.make(script)
        try generation.create(ScriptedApp.host)
        let error = failure { () throws(AppError) in try generation.enroll() }
        #expect(error?.reason == "enroll failed with ZZZ_ERROR_LIMIT and without a message")
    }

    /// A message of bytes that are no UTF-8, and without a zero at its end.
    @Test func brokenWords() throws {
        var script = ScriptedApp.Script()
        script.create = { _, error in
            withUnsafeMutableBytes(of: &error!.pointee.message) { bytes in
                for index in bytes.indices { bytes[index] = 0xFF }
            }
            return -77
        }
        let generation = try ScriptedApp.make(script)
        let error = failure { () throws(AppError) in try generation.create(ScriptedApp.host) }
        #expect(error?.reason.hasPrefix("create failed: \u{FFFD}") == true)
        #expect(error?.reason.hasSuffix("(status -77)") == true)
    }

    @Test func startFails() throws {
        var script = ScriptedApp.Script()
        script.start = { _, error in Refusal(Status.io, "port taken").write(to: error) }
        let generation = try ScriptedApp.make(script)
        try generation.create(ScriptedApp.host)
        try generation.enroll()
        #expect(failure { () throws(AppError) in try generation.start() }?.reason.contains("port taken") == true)
    }

    /// It was given up while create ran: what it does afterwards counts for nothing.
    @Test func aStepThatReturnsTooLate() throws {
        var script = ScriptedApp.Script()
        script.create = { app, _ in
            Generation.from(handle: app)?.abandon()
            return Status.ok
        }
        let generation = try ScriptedApp.make(script)
        #expect(
            failure { () throws(AppError) in try generation.create(ScriptedApp.host) }?.reason == "create came too late"
        )
        #expect(failure { () throws(AppError) in try generation.enroll() }?.reason == "enroll came too late")
        #expect(RouteFields().add(to: generation.handle).status == Status.state)
    }
}
