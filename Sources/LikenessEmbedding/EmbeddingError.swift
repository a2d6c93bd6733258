/// Why a text has no vector.
package enum EmbeddingError: Error, Sendable, Hashable {
    /// There is no model: none is configured, a file is missing, or the embedder was shut down.
    case unavailable(String)
    /// Too much is waiting already. Trying again later can help.
    case overloaded
    /// The deadline passed first.
    case deadlineExceeded
    /// The calling task was cancelled first.
    case cancelled
    /// The text itself cannot be embedded; trying again cannot help.
    case badInput(String)
    /// The model ran and failed; the text says how.
    case failed(String)
}

extension EmbeddingError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unavailable(let reason): "no embedder: \(reason)"
        case .overloaded: "too many texts are waiting to be embedded"
        case .deadlineExceeded: "the deadline passed before the text was embedded"
        case .cancelled: "embedding was cancelled"
        case .badInput(let reason): "the text cannot be embedded: \(reason)"
        case .failed(let reason): "embedding failed: \(reason)"
        }
    }
}
