// Items of lists and dictionaries, or nothing: `{{lookup names index}}`.

public func lookup<Key, Value>(_ items: [Key: Value], _ key: Key) -> Value? { items[key] }

public func lookup<Items: RandomAccessCollection>(_ items: Items, _ position: Int) -> Items.Element? {
    guard position >= 0, position < items.count else { return nil }
    return items[items.index(items.startIndex, offsetBy: position)]
}

/// The items as one text: `{{join tags ", "}}`.
public func join<Items: Sequence>(_ items: Items, _ separator: String) -> String
where Items.Element: CustomStringConvertible {
    items.map(\.description).joined(separator: separator)
}
