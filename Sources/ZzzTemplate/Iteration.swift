// What `{{#each}}` goes through.
extension HTMLOutput {
    @inlinable public func each<Items: Sequence>(_ items: Items) -> Items { items }
    /// Nothing when there is no list.
    @inlinable public func each<Items: Sequence>(_ items: Items?) -> OptionalSequence<Items> {
        OptionalSequence(items)
    }

    /// The items with their positions: `{{#each users as |user index|}}`.
    @inlinable public func eachWithKey<Items: Sequence>(_ items: Items) -> IndexedSequence<Items> {
        IndexedSequence(items)
    }
    /// Nothing when there is no list.
    @inlinable public func eachWithKey<Items: Sequence>(_ items: Items?) -> IndexedSequence<OptionalSequence<Items>> {
        IndexedSequence(OptionalSequence(items))
    }
    /// The values with their keys.
    @inlinable public func eachWithKey<Key, Value>(_ items: [Key: Value]) -> KeyedSequence<[Key: Value], Key, Value> {
        KeyedSequence(items)
    }
    /// The values with their keys, in the order in which they were written.
    @inlinable public func eachWithKey<Key, Value>(
        _ items: KeyValuePairs<Key, Value>
    ) -> KeyedSequence<KeyValuePairs<Key, Value>, Key, Value> {
        KeyedSequence(items)
    }

    /// The items, each with whether it is the last one.
    @inlinable public func eachWithLast<Items: Sequence>(_ items: Items) -> LookaheadSequence<Items> {
        LookaheadSequence(items)
    }
}

/// A sequence that may not be there.
public struct OptionalSequence<Items: Sequence>: Sequence, IteratorProtocol {
    @usableFromInline var iterator: Items.Iterator?

    @inlinable init(_ items: Items?) { iterator = items?.makeIterator() }
    @inlinable public mutating func next() -> Items.Element? { iterator?.next() }
}

/// Items with their positions, from 0.
public struct IndexedSequence<Items: Sequence>: Sequence, IteratorProtocol {
    @usableFromInline var iterator: Items.Iterator
    @usableFromInline var index = 0

    @inlinable init(_ items: Items) { iterator = items.makeIterator() }

    @inlinable public mutating func next() -> (Items.Element, Int)? {
        guard let item = iterator.next() else { return nil }
        defer { index &+= 1 }
        return (item, index)
    }
}

/// Values with their keys.
public struct KeyedSequence<Items: Sequence, Key, Value>: Sequence, IteratorProtocol
where Items.Element == (key: Key, value: Value) {
    @usableFromInline var iterator: Items.Iterator

    @inlinable init(_ items: Items) { iterator = items.makeIterator() }

    @inlinable public mutating func next() -> (Value, Key)? {
        guard let item = iterator.next() else { return nil }
        return (item.value, item.key)
    }
}

/// Items, each with whether it is the last one. Looks one ahead, since a sequence does not know its length.
public struct LookaheadSequence<Items: Sequence>: Sequence, IteratorProtocol {
    @usableFromInline var iterator: Items.Iterator
    @usableFromInline var upcoming: Items.Element?

    @inlinable init(_ items: Items) {
        iterator = items.makeIterator()
        upcoming = iterator.next()
    }

    @inlinable public mutating func next() -> (Items.Element, Bool)? {
        guard let item = upcoming else { return nil }
        upcoming = iterator.next()
        return (item, upcoming == nil)
    }
}
