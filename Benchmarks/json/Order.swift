/// The object that is encoded and decoded: what `order.json` says, 1 KiB. go/main.go has the same.
struct Order: Codable {
    let id: Int
    let reference: String
    let createdAt: String
    let customer: Customer
    let note: String?
    let currency: String
    let total: Double
    let taxRate: Double
    let isPaid: Bool
    let isGift: Bool
    let discount: Int?
    let coupon: String?
    let items: [Item]

    struct Customer: Codable {
        let name: String
        let email: String
        let address: String
        let loyaltyPoints: Int
        let isMember: Bool
    }

    struct Item: Codable {
        let sku: String
        let quantity: Int
        let price: Double
        let inStock: Bool
    }
}
