/// The same page by hand, as somebody would write it who wants it fast: appends to an array of bytes, and the same to a
/// String.
protocol Page {
    mutating func append(literal text: StaticString)
    mutating func append(escaped text: String)
    mutating func append(number: Int)
}

extension [UInt8]: Page {
    @inline(__always)
    mutating func append(literal text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(escaped text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): append(literal: "&amp;")
            case UInt8(ascii: "<"): append(literal: "&lt;")
            case UInt8(ascii: ">"): append(literal: "&gt;")
            case UInt8(ascii: "\""): append(literal: "&quot;")
            case UInt8(ascii: "'"): append(literal: "&#39;")
            default: append(byte)
            }
        }
    }

    mutating func append(number: Int) { append(contentsOf: String(number).utf8) }
}

extension String: Page {
    @inline(__always)
    mutating func append(literal text: StaticString) { append(text.description) }

    mutating func append(escaped text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": append("&amp;")
            case "<": append("&lt;")
            case ">": append("&gt;")
            case "\"": append("&quot;")
            case "'": append("&#39;")
            default: unicodeScalars.append(scalar)
            }
        }
    }

    mutating func append(number: Int) { append(String(number)) }
}

enum HandWritten {
    @inline(__always)
    static func page(_ users: [User], title: String, user: String, into page: inout some Page) {
        page.append(literal: "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>")
        page.append(escaped: title)
        page.append(
            literal: """
                 - Zzz</title>
                <link rel="stylesheet" href="/assets/app.css">
                <script src="/assets/app.js" defer></script>
                </head>
                <body>
                <nav><a href="/">Home</a> <a href="/users">Users</a> <a href="/posts">Posts</a> <span>
                """)
        page.append(escaped: user)
        page.append(literal: "</span></nav>\n<main>\n<h1>")
        page.append(number: users.count)
        page.append(
            literal: """
                 users</h1>
                <table>
                <thead><tr><th>Name</th><th>E-mail</th><th>Posts</th><th>Role</th><th></th></tr></thead>
                <tbody>

                """)
        for user in users { row(user, into: &page) }
        page.append(
            literal: "</tbody>\n</table>\n</main>\n<footer>Made with templates.</footer>\n</body>\n</html>\n")
    }

    @inline(__always)
    private static func row(_ user: User, into page: inout some Page) {
        page.append(literal: "<tr class=\"")
        if user.isAdmin { page.append(literal: "admin") } else { page.append(literal: "member") }
        page.append(literal: "\">\n<td><a href=\"/users/")
        page.append(number: user.id)
        page.append(literal: "\">")
        page.append(escaped: user.name)
        page.append(literal: "</a></td>\n<td>")
        page.append(escaped: user.email)
        page.append(literal: "</td>\n<td>")
        page.append(number: user.posts)
        page.append(literal: "</td>\n<td>")
        if user.isAdmin { page.append(literal: "Administrator") } else { page.append(literal: "Member") }
        page.append(literal: "</td>\n<td><a href=\"/users/")
        page.append(number: user.id)
        page.append(literal: "/edit\">Edit</a></td>\n</tr>\n")
    }
}
