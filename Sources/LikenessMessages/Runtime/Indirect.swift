/// Keeps a message behind a pointer, so that a message can hold one of its own kind.
@propertyWrapper
public struct Indirect<Value: Message>: Sendable, Hashable {
    private indirect enum Storage: Sendable, Hashable {
        case absent
        case present(Value)
    }

    private var storage: Storage

    public init(wrappedValue: Value?) {
        self.storage = wrappedValue.map(Storage.present) ?? .absent
    }

    public var wrappedValue: Value? {
        get {
            switch self.storage {
            case .absent: nil
            case .present(let value): value
            }
        }
        set { self = Self(wrappedValue: newValue) }
    }
}
