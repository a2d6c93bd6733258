internal import LikenessMessages
internal import LikenessRPC

/// Notifies several observers in turn.
struct ObserverChain: ServerObserver {
    private let observers: [any ServerObserver]

    init(_ observers: any ServerObserver...) { self.observers = observers }

    var takesAuditedCalls: Bool { self.observers.allSatisfy(\.takesAuditedCalls) }

    func connectionOpened(_ peer: PeerIdentity) { for observer in self.observers { observer.connectionOpened(peer) } }

    func connectionClosed(_ peer: PeerIdentity) { for observer in self.observers { observer.connectionClosed(peer) } }

    func connectionRefused(_ refusal: ConnectionRefusal) {
        for observer in self.observers { observer.connectionRefused(refusal) }
    }

    func callStarted(_ method: MethodInfo) { for observer in self.observers { observer.callStarted(method) } }

    func answerBytesUnderWay(_ bytes: Int) {
        for observer in self.observers { observer.answerBytesUnderWay(bytes) }
    }

    func callEnded(_ call: EndedCall) { for observer in self.observers { observer.callEnded(call) } }
}
