/// The files of the directory `assets`, by the names under which browsers get them.
///
/// `scripts/build` copies them with a digest of their contents in the names, so that browsers may keep them for good,
/// and writes the names into a manifest. Without one, as in the tests, they are served as they are.
struct Assets: Sendable {
    let directory: String
    private var digested: [String: String] = [:]

    init(directory: String) {
        self.directory = directory
        // `try?`: no manifest.
        guard let manifest = try? Files.read(directory + "/manifest") else { return }
        for line in String(decoding: manifest, as: UTF8.self).split(separator: "\n") {
            let names = line.split(separator: " ")
            if names.count == 2 { digested[String(names[0])] = String(names[1]) }
        }
    }

    /// "style.css" -> "/assets/style-3f2a91c0d4e5b6a7.css", below the app's mount.
    func path(_ name: String) -> String { "/assets/" + (digested[name] ?? name) }
}
