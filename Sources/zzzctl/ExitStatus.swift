/// How `zzzctl` ends: scripts rely on the numbers.
enum ExitStatus: Int32 {
    case success = 0
    /// The daemon, or the program that did the work, says no; the reason and a remedy are on standard error.
    case failed = 1
    /// The arguments are wrong.
    case usage = 2
    /// No daemon answers at the socket.
    case unreachable = 3
    /// This user may not give commands.
    case forbidden = 4
    /// The daemon did not answer in time, or not in a way that can be understood.
    case noAnswer = 5
}
