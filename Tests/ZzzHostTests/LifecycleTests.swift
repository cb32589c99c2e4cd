import Testing

@testable import ZzzHost

@Suite struct LifecycleTests {
    @Test func theWholeLife() {
        var life = Lifecycle.new
        let events: [(Lifecycle.Event, Lifecycle)] = [
            (.begin(.create), .creating), (.succeed, .created), (.begin(.enroll), .enrolling), (.succeed, .enrolled),
            (.begin(.start), .starting), (.succeed, .running), (.begin(.quiesce), .quiescing),
            (.begin(.stop), .stopped),
        ]
        for (event, state) in events {
            life.event(event)
            #expect(life == state)
        }
    }

    @Test func routesAreTakenInCreateAndEnrollOnly() {
        let states: [Lifecycle] = [
            .new, .creating, .created, .enrolling, .enrolled, .starting, .running, .quiescing, .stopped, .failed,
        ]
        #expect(states.filter(\.isLoading) == [.creating, .enrolling])
    }

    @Test(arguments: [Lifecycle.new, .creating, .created, .enrolling, .enrolled, .starting, .running, .failed])
    func canBeGivenUpUntilItRetires(state: Lifecycle) {
        var life = state
        life.event(.fail)
        #expect(life == .failed)
    }

    @Test func impossibleTransitionsStop() async {
        await #expect(processExitsWith: .failure) {
            var life = Lifecycle.new
            life.event(.begin(.start))
        }
        await #expect(processExitsWith: .failure) {
            var life = Lifecycle.running
            life.event(.begin(.stop))
        }
    }
}
