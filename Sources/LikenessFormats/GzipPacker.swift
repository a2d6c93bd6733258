internal import CZlib

/// Packs bytes as `gzip` does, some at a time.
@safe package final class GzipPacker {
    // On the heap: zlib's state points back to where it was made.
    private let stream: UnsafeMutablePointer<z_stream>
    private var isEnded = false

    private static let pieceBytes = 1 << 16
    /// 16 asks for gzip's header, 15 for its largest window.
    private static let windowBits: Int32 = 31

    package init() {
        unsafe self.stream = .allocate(capacity: 1)
        unsafe self.stream.initialize(to: z_stream())
        let status = unsafe likeness_deflate_init(self.stream, Z_DEFAULT_COMPRESSION, Self.windowBits)
        precondition(status == Z_OK, "zlib packs with its defaults")
    }

    deinit {
        unsafe deflateEnd(self.stream)
        unsafe self.stream.deinitialize(count: 1)
        unsafe self.stream.deallocate()
    }

    /// - Returns: What can be written of all bytes so far.
    package func pack(_ bytes: [UInt8]) -> [UInt8] { self.deflated(bytes, Z_NO_FLUSH) }

    /// - Returns: The rest. Nothing follows it.
    package func end() -> [UInt8] {
        precondition(!self.isEnded, "a packer ends once")
        self.isEnded = true
        return self.deflated([], Z_FINISH)
    }

    private func deflated(_ bytes: [UInt8], _ flush: Int32) -> [UInt8] {
        var packed: [UInt8] = []
        var source = bytes
        var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
        var offset = 0
        while true {
            let (taken, made) = unsafe source.withUnsafeMutableBytes { source in
                unsafe piece.withUnsafeMutableBytes { target in
                    let available = min(source.count - offset, 1 << 20)
                    // SAFETY: zlib reads and writes within what it is lent for this call.
                    unsafe self.stream.pointee.next_in = source.baseAddress?.advanced(by: offset)
                        .assumingMemoryBound(to: UInt8.self)
                    unsafe self.stream.pointee.avail_in = UInt32(available)
                    unsafe self.stream.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    unsafe self.stream.pointee.avail_out = UInt32(target.count)
                    // It fails of a stream that is none alone.
                    _ = unsafe deflate(self.stream, flush)
                    return unsafe (
                        available - Int(self.stream.pointee.avail_in), target.count - Int(self.stream.pointee.avail_out)
                    )
                }
            }
            offset += taken
            packed += piece[..<made]
            if offset == bytes.count, made < Self.pieceBytes { return packed }
        }
    }
}
