import Testing

/// Black-box tests of the real `zzzd` and `zzzctl`, as `scripts/build` laid them out in `.build/dist`.
///
/// One after the other: many of them are about time, and the machine that runs them may have two cores.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct DaemonTests {}
