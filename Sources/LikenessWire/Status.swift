/// What a call ends with, besides its answer.
package struct Status: Sendable, Hashable {
    package var code: StatusCode
    /// For developers, in English; empty when OK.
    package var message: String
    /// Messages of `error_details.proto`, each type at most once.
    package var details: [StatusDetail]
    package var trailers: Metadata

    package init(
        _ code: StatusCode,
        _ message: String = "",
        details: [StatusDetail] = [],
        trailers: Metadata = Metadata()
    ) {
        self.code = code
        self.message = message
        self.details = details
        self.trailers = trailers
    }

    package static let ok = Status(.ok)
}

/// One encoded message that says more about an error.
package struct StatusDetail: Sendable, Hashable {
    /// The message's full name: `likeness.rpc.v1.BadRequest`.
    package var type: String
    package var value: [UInt8]

    package init(type: String, value: [UInt8]) {
        self.type = type
        self.value = value
    }
}
