/// Some of a long list.
struct Page<Element: Sendable>: Sendable {
    let items: [Element]
    /// From 1.
    let number: Int
    /// How many pages there are: one at least, which may be empty.
    let count: Int
    /// How many items there are on all pages.
    let total: Int

    init(_ all: some Collection<Element>, number: Int, size: Int) {
        total = all.count
        count = max(1, (total + size - 1) / size)
        self.number = number
        let skipped = (1...count).contains(number) ? (number - 1) * size : total
        items = Array(all.dropFirst(skipped).prefix(size))
    }

    /// Whether there is a page of that number.
    var exists: Bool { (1...count).contains(number) }

    var previous: Int? { number > 1 ? number - 1 : nil }
    var next: Int? { number < count ? number + 1 : nil }
}
