// Where Swift itself stops a program that is wrong.

@inline(never)
func trapIndex(_ index: Int) -> Int { [1, 2, 3][index] }

@inline(never)
func fatalMessage(_ number: Int) -> String {
    if number > 0 { fatalError("the number is \(number), and nobody expected that") }
    return "no number"
}

@inline(never)
func trapOverflow(_ number: Int) -> Int { number + Int.max }

@inline(never)
func trapNil(_ text: String?) -> Int { text!.utf8.count }

@inline(never)
func trapCast(_ value: Any) -> Int { value as! Int }

@inline(never)
func trapPrecondition(_ number: Int) -> Int {
    precondition(number > 100, "the number is too small")
    return number
}

@inline(never)
func trapDivide(by number: Int) -> Int { 100 / number }

final class Owner {
    let name = "owner"
}

struct Borrower {
    unowned let owner: Owner
}

/// The owner is gone when this returns.
@inline(never)
func makeBorrower() -> Borrower { Borrower(owner: Owner()) }

@inline(never)
func trapUnowned(_ borrower: Borrower) -> Int { borrower.owner.name.utf8.count }

final class Cell {
    var value: Int

    init(_ value: Int) { self.value = value }

    @inline(never)
    func change(_ body: (inout Int) -> Void) { body(&value) }
}

/// Two changes of one variable at once: the runtime checks that also in a release build.
@inline(never)
func trapExclusive(_ cell: Cell) -> Int {
    cell.change { value in
        value += 1
        cell.change { $0 += 1 }
    }
    return cell.value
}

final class Closer {
    private let number: Int

    init(_ number: Int) { self.number = number }

    deinit { _ = trapIndex(number) }
}

@inline(never)
func trapInDeinit(_ number: Int) -> String {
    _ = Closer(number)
    return "closed"
}

struct Mistake: Error {}

@inline(never)
func throwError() throws -> String { throw Mistake() }
