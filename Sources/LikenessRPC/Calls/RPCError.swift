package import LikenessWire

/// A call that failed, as the caller sees it.
package struct RPCError: Error, Sendable, Hashable, CustomStringConvertible {
    package var code: StatusCode
    /// For developers, in English.
    package var message: String
    package var details: [StatusDetail]
    /// What the server sent after the answer; empty when it sent none.
    package var trailers: Metadata
    /// The server has done nothing for the call: repeating it cannot do anything twice.
    package var nothingWasSent: Bool
    /// No server accepted a connection: there is none at the address, or no address.
    package var isUnreachable = false

    package init(
        _ code: StatusCode,
        _ message: String,
        details: [StatusDetail] = [],
        trailers: Metadata = Metadata(),
        nothingWasSent: Bool = false
    ) {
        self.code = code
        self.message = message
        self.details = details
        self.trailers = trailers
        self.nothingWasSent = nothingWasSent
    }

    package var description: String { "\(self.code.name): \(self.message)" }

    init(_ status: Status, wasNotProcessed: Bool) {
        self.init(
            status.code,
            status.message,
            details: status.details,
            trailers: status.trailers,
            nothingWasSent: wasNotProcessed
        )
    }
}
