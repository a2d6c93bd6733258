import LikenessRPC
import NIOCore
import Testing

@Suite struct SourceSharesTests {
    @Test func `below the bound all stay`() {
        var shares = SourceShares<String, Int>(limit: 3)
        for id in 0..<3 { #expect(shares.arrived(id, from: "a") == []) }
        #expect(shares.count == 3)
        #expect(shares.left(1) == true)
        #expect(shares.left(1) == false)
        #expect(shares.arrived(3, from: "b") == [])
    }

    @Test func `the fullest source loses its oldest, and newcomers get in`() {
        var shares = SourceShares<String, Int>(limit: 256)
        for id in 0..<1_000 {
            let losers = shares.arrived(id, from: "silent")
            let expected = id < 256 ? [] : [id - 256]
            #expect(losers == expected)
        }
        // From elsewhere, and an honest one from the same address.
        #expect(shares.arrived(1_000, from: "elsewhere") == [744])
        #expect(shares.arrived(1_001, from: "silent") == [745])
        for id in 1_002..<1_200 { #expect(shares.arrived(id, from: "silent") == [id - 256]) }
        #expect(shares.left(1_000) == true)
        #expect(shares.left(1_001) == true)
    }

    @Test func `of sources that hold equally much the one with the oldest loses it`() {
        var shares = SourceShares<Int, Int>(limit: 10)
        for id in 0..<10 { #expect(shares.arrived(id, from: id) == []) }
        #expect(shares.arrived(10, from: 10) == [0])
        #expect(shares.arrived(11, from: 1) == [1])
    }

    @Test func `amounts count, not holders`() {
        var shares = SourceShares<String, Int>(limit: 100)
        #expect(shares.arrived(0, from: "large", amount: 60) == [])
        for id in 1...4 { #expect(shares.arrived(id, from: "small", amount: 10) == []) }
        #expect(shares.arrived(5, from: "small", amount: 10) == [0])
        #expect(shares.amount == 50)
        // One that is larger than everything has to go itself.
        #expect(shares.arrived(6, from: "huge", amount: 101) == [6])
        #expect(shares.amount == 50)
    }

    @Test func `one has to make way when asked`() {
        var shares = SourceShares<String, Int>(limit: 10)
        _ = shares.arrived(0, from: "a")
        _ = shares.arrived(1, from: "b")
        _ = shares.arrived(2, from: "b")
        let losers = (0..<4).map { _ in shares.takeOldestOfLargest() }
        #expect(losers == [1, 0, 2, nil])
        #expect(shares.takeOldest(of: "b") == nil)
    }

    @Test func `no order of events breaks the count`() {
        var random = SystemRandomNumberGenerator()
        var shares = SourceShares<Int, Int>(limit: 20)
        var held: [Int: Int] = [:]
        for id in 0..<1_000 {
            if let left = held.keys.randomElement(), Bool.random(using: &random) {
                #expect(shares.left(left) == true)
                held[left] = nil
            }
            let source = Int.random(in: 0...5, using: &random)
            held[id] = source
            let largest = Dictionary(grouping: held.values, by: { $0 }).values.map(\.count).max()
            let losers = shares.arrived(id, from: source)
            for loser in losers {
                #expect(held.values.filter { $0 == held[loser] }.count == largest)
                held[loser] = nil
            }
            #expect(shares.count == held.count)
            #expect(shares.count <= 20)
        }
    }
}

@Suite struct SourceAddressTests {
    private static func source(_ address: String) throws -> SourceAddress {
        SourceAddress(try SocketAddress(ipAddress: address, port: 7_443))
    }

    @Test func `an IPv4 address is one source, mapped or not`() throws {
        #expect(try Self.source("192.0.2.1") == Self.source("::ffff:192.0.2.1"))
        #expect(try Self.source("192.0.2.1") != Self.source("192.0.2.2"))
        #expect(try SourceAddress(SocketAddress(ipAddress: "192.0.2.1", port: 1)) == Self.source("192.0.2.1"))
    }

    @Test func `an IPv6 site is one source`() throws {
        #expect(try Self.source("2001:db8:0:1::1") == Self.source("2001:db8:0:1:ffff:ffff:ffff:ffff"))
        #expect(try Self.source("2001:db8:0:1::1") != Self.source("2001:db8:0:2::1"))
        #expect(try Self.source("::1") != Self.source("::ffff:0.0.0.1"))
    }

    @Test func `what has no Internet address is one source`() throws {
        #expect(SourceAddress(nil) == .other)
        #expect(try SourceAddress(SocketAddress(unixDomainSocketPath: "/tmp/s")) == .other)
    }
}
