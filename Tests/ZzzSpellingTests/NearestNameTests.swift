import Testing
@testable import ZzzSpelling

@Suite struct NearestNameTests {
    private func distance(_ left: String, _ right: String) -> Int {
        NearestName.distance(Array(left.utf8), Array(right.utf8))
    }

    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("", "abc", 3), ("body", "body", 0), ("bodi", "body", 1), ("boddy", "body", 1),
        ("bod", "body", 1), ("obdy", "body", 1), ("kitten", "sitting", 3), ("abcdef", "badcfe", 3),
    ])
    func `counts edits`(left: String, right: String, edits: Int) {
        #expect(distance(left, right) == edits)
        #expect(distance(right, left) == edits)
    }

    @Test func `finds the nearest`() {
        let names = ["body", "body_idle", "connections", "io"]
        #expect(NearestName.of("boddy", among: names) == "body")
        #expect(NearestName.of("body_ilde", among: names) == "body_idle")
        #expect(NearestName.of("Connections", among: names) == "connections")
        #expect(NearestName.of("connection", among: names) == "connections")
        #expect(NearestName.of("ip", among: names) == "io")
    }

    @Test func `finds nothing when nothing is near`() {
        #expect(NearestName.of("timeout", among: ["body", "io"]) == nil)
        #expect(NearestName.of("x", among: ["body"]) == nil)
        #expect(NearestName.of("anything", among: []) == nil)
    }
}
