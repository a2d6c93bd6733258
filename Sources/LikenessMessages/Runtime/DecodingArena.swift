internal import CLikenessMessages

/// Memory that protobuf-c unpacks one message into: bumped, never freed piece by piece, and capped, because a small
/// hostile message can ask for ninety times its size.
@safe struct DecodingArena: ~Copyable {
    /// What protobuf-c's callbacks see.
    @unsafe struct State {
        var first: UnsafeMutableRawPointer
        var next: Int
        let byteCountMax: Int
        var capacity: Int
        /// Further chunks, linked through their first word.
        var overflow: UnsafeMutableRawPointer?
        var used = 0
        var isExhausted = false
    }

    let state: UnsafeMutablePointer<State>

    private static let firstChunkBytes = 8_192

    init(byteCountMax: Int) {
        let capacity = min(Self.firstChunkBytes, max(byteCountMax, 64))
        // SAFETY: both allocations are freed in deinit; values read from the arena are copied before that.
        unsafe self.state = UnsafeMutablePointer<State>.allocate(capacity: 1)
        unsafe self.state.initialize(
            to: State(
                first: UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16),
                next: 0,
                byteCountMax: byteCountMax,
                capacity: capacity
            )
        )
    }

    deinit {
        unsafe self.state.pointee.first.deallocate()
        var chunk = unsafe self.state.pointee.overflow
        while let current = unsafe chunk {
            unsafe chunk = current.load(as: UnsafeMutableRawPointer?.self)
            unsafe current.deallocate()
        }
        unsafe self.state.deinitialize(count: 1)
        unsafe self.state.deallocate()
    }

    /// Whether the cap was reached.
    var isExhausted: Bool { unsafe self.state.pointee.isExhausted }

    /// The arena as protobuf-c's allocator; valid as long as the arena.
    func allocator() -> ProtobufCAllocator {
        unsafe ProtobufCAllocator(
            alloc: { data, size in
                guard let state = unsafe data?.assumingMemoryBound(to: State.self) else { return nil }
                return unsafe DecodingArena.allocate(size, in: state)
            },
            free: { _, _ in },
            allocator_data: UnsafeMutableRawPointer(self.state)
        )
    }

    private static func allocate(_ size: Int, in state: UnsafeMutablePointer<State>) -> UnsafeMutableRawPointer? {
        guard size >= 0, unsafe size <= state.pointee.byteCountMax else {
            unsafe state.pointee.isExhausted = true
            return nil
        }
        let rounded = (max(size, 1) + 15) & ~15
        unsafe state.pointee.used += rounded
        guard unsafe state.pointee.used <= state.pointee.byteCountMax else {
            unsafe state.pointee.isExhausted = true
            return nil
        }
        if unsafe state.pointee.capacity - state.pointee.next < rounded {
            let header = 16  // Links the chunks; 16 keeps what follows aligned.
            let capacity = unsafe max(state.pointee.capacity * 2, rounded)
            let chunk = UnsafeMutableRawPointer.allocate(byteCount: capacity + header, alignment: 16)
            unsafe chunk.storeBytes(of: state.pointee.overflow, as: UnsafeMutableRawPointer?.self)
            unsafe state.pointee.overflow = chunk
            unsafe state.pointee.capacity = capacity
            unsafe state.pointee.next = 0
        }
        let base = unsafe state.pointee.overflow.map { unsafe $0 + 16 } ?? state.pointee.first
        defer { unsafe state.pointee.next += rounded }
        return unsafe base + state.pointee.next
    }
}
