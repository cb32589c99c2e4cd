/// How a value is written, by where it stands. Each is a method of `HTMLOutput`, except where noted.
enum Escape: String, Equatable {
    /// Between tags, where HTML stays as it is.
    case text
    /// In quoted attributes, in title and textarea, in comments.
    case attribute
    /// `{{{value}}}` between tags.
    case raw
    /// At the beginning of an attribute with a URL: the scheme is checked.
    case url
    /// Further on in a URL: everything but letters, digits and - . _ ~ is encoded.
    case urlPart
    /// Behind `mailto:` and the like.
    case address
    /// At the beginning of a URL from which code is loaded: only a trusted URL will do.
    case resourceURL
    /// In JavaScript or JSON, as a value of its own.
    case script
    /// The same in an attribute.
    case scriptAttribute
    /// In a string of JavaScript or JSON.
    case scriptString
    /// In CSS, as a value.
    case style
    /// In a string of CSS.
    case styleString
    /// At the beginning of a URL in a style element, where nothing is decoded as HTML.
    case styleURL
    /// At the beginning of one of the URLs in a list of them, as in srcset.
    case listURL
    /// Inside a start tag: attributes with their names.
    case attributes
    /// An attribute without a value, such as `disabled`: there or not.
    case presence
}
