import Testing

@testable import ZzzStore
