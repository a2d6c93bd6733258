internal import CLikenessMessages

/// Memory that protobuf-c unpacks one message into: bumped, never freed piece by piece, and capped, because a small
/// hostile message can ask for ninety times its size.
///
/// SAFETY (whole file): chunks are freed in deinit only; what is read from them is copied before that.
@safe struct DecodingArena: ~Copyable {
    /// What protobuf-c's callbacks see.
    @safe private struct State {
        let byteCountMax: Int
        /// Asked for so far, rounded up.
        var byteCount = 0
        /// What is left of the newest chunk.
        var next: UnsafeMutableRawPointer?
        var left = 0
        /// The newest chunk; its first word points to the one before.
        var newest: UnsafeMutableRawPointer?
        var chunkBytes: Int
        var isExhausted = false
    }

    private let state: UnsafeMutablePointer<State>

    /// - Parameter expected: Bytes that one chunk should hold at once.
    init(byteCountMax: Int, expected: Int) {
        unsafe self.state = UnsafeMutablePointer<State>.allocate(capacity: 1)
        unsafe self.state.initialize(to: State(byteCountMax: byteCountMax, chunkBytes: max(1_024, expected)))
    }

    deinit {
        while let chunk = unsafe self.state.pointee.newest {
            unsafe self.state.pointee.newest = chunk.load(as: UnsafeMutableRawPointer?.self)
            unsafe chunk.deallocate()
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
                return unsafe DecodingArena.allocate(size, in: &state.pointee)
            },
            free: { _, _ in },
            allocator_data: UnsafeMutableRawPointer(self.state)
        )
    }

    /// - Returns: `nil` over the cap, which ends the decoding.
    private static func allocate(_ size: Int, in state: inout State) -> UnsafeMutableRawPointer? {
        guard size >= 0, size <= state.byteCountMax - state.byteCount else {
            state.isExhausted = true
            return nil
        }
        let rounded = (max(size, 1) + 7) & ~7
        state.byteCount += rounded
        if state.left < rounded { Self.addChunk(for: rounded, to: &state) }
        let start = unsafe state.next
        unsafe state.next = start.map { unsafe $0 + rounded }
        state.left -= rounded
        return unsafe start
    }

    /// Chunks double, and together reserve no more than the cap allows.
    private static func addChunk(for rounded: Int, to state: inout State) {
        let header = 16  // Links the chunks; keeps what follows aligned.
        let allowed = state.byteCountMax - state.byteCount + rounded
        let size = max(rounded, min(state.chunkBytes, allowed))
        let chunk = UnsafeMutableRawPointer.allocate(byteCount: header + size, alignment: 8)
        unsafe chunk.storeBytes(of: state.newest, as: UnsafeMutableRawPointer?.self)
        unsafe state.newest = chunk
        unsafe state.next = chunk + header
        state.left = size
        state.chunkBytes *= 2
    }
}
