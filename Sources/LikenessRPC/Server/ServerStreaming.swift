internal import LikenessMessages
internal import NIOCore

/// What a client sends on a stream, for the handler.
struct ServerReader<Element: Message>: MessageReader {
    let queue: MessageQueue

    func next() async throws -> Element? {
        guard let bytes = try await self.queue.next() else { return nil }
        return try MethodRouter.decode(Element.self, from: bytes)
    }
}

/// What a handler sends on a stream.
struct ServerWriter<Element: Message>: MessageWriter {
    let call: ServerCall

    /// - Throws: `CancellationError` when the caller is gone or the deadline has passed; RESOURCE_EXHAUSTED for a message
    ///   larger than the client takes.
    func write(_ message: Element) async throws { try await self.call.send(message) }

    /// A server's stream ends with its status, so this only forbids further messages.
    func finish() async throws { self.call.finishSending() }
}
