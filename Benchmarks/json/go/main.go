// The other side of Benchmarks/json: Go's encoding/json with the same object and the same arguments.
package main

import (
    "encoding/json"
    "fmt"
    "os"
    "strconv"
)

type Order struct {
    ID        int      `json:"id"`
    Reference string   `json:"reference"`
    CreatedAt string   `json:"createdAt"`
    Customer  Customer `json:"customer"`
    Note      *string  `json:"note,omitempty"`
    Currency  string   `json:"currency"`
    Total     float64  `json:"total"`
    TaxRate   float64  `json:"taxRate"`
    IsPaid    bool     `json:"isPaid"`
    IsGift    bool     `json:"isGift"`
    Discount  *int     `json:"discount,omitempty"`
    Coupon    *string  `json:"coupon,omitempty"`
    Items     []Item   `json:"items"`
}

type Customer struct {
    Name          string `json:"name"`
    Email         string `json:"email"`
    Address       string `json:"address"`
    LoyaltyPoints int    `json:"loyaltyPoints"`
    IsMember      bool   `json:"isMember"`
}

type Item struct {
    SKU      string  `json:"sku"`
    Quantity int     `json:"quantity"`
    Price    float64 `json:"price"`
    InStock  bool    `json:"inStock"`
}

func check(err error) {
    if err != nil {
        fmt.Fprintln(os.Stderr, err)
        os.Exit(1)
    }
}

// main is called with encode or decode, how often, and the file.
func main() {
    count, err := strconv.Atoi(os.Args[2])
    check(err)
    text, err := os.ReadFile(os.Args[3])
    check(err)
    var order Order
    check(json.Unmarshal(text, &order))
    for i := 0; i < count; i++ {
        if os.Args[1] == "encode" {
            _, err := json.Marshal(&order)
            check(err)
        } else {
            var decoded Order
            check(json.Unmarshal(text, &decoded))
        }
    }
    written, err := json.Marshal(&order)
    check(err)
    os.Stdout.Write(written)
}
