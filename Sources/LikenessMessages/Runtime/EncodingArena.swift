internal import CLikenessMessages
internal import Glibc

/// Memory for the C structs of one message that is being encoded; all of it goes when the arena goes.
///
/// Used by one owner at a time: `Message.withEncoder` makes, fills and drops one for a message.
@safe public final class EncodingArena {
    private let first: UnsafeMutableRawPointer
    /// Chunks that large messages need besides.
    private var more: [UnsafeMutableRawPointer]
    private var next: UnsafeMutableRawPointer
    private var end: UnsafeMutableRawPointer
    /// Whether a text held a NUL character, which a C string cannot carry.
    private(set) var sawNUL = false
    /// Texts, bytes, vectors and list items so far: the encoded message has more than this many bytes.
    private(set) var contentBytes = 0
    private let contentBytesMax: Int
    /// Whether the system had no more memory.
    private(set) var isOutOfMemory = false

    /// Whether filling has stopped: the message is larger than its reader takes, or memory has run out. What was written is
    /// cut off somewhere and must not be encoded.
    var isOver: Bool { self.contentBytes > self.contentBytesMax || self.isOutOfMemory }

    private static let chunkBytes = 4_096

    public convenience init() { self.init(contentBytesMax: .max) }

    /// - Parameter contentBytesMax: With more than this in it, the arena takes no further texts and lists.
    init(contentBytesMax: Int) {
        self.contentBytesMax = contentBytesMax
        // SAFETY: the chunk is freed in deinit, and nothing made from it outlives its owner.
        let first = UnsafeMutableRawPointer.allocate(byteCount: Self.chunkBytes, alignment: 8)
        unsafe self.first = first
        unsafe self.more = []
        unsafe self.next = first
        unsafe self.end = first + Self.chunkBytes
    }

    deinit {
        unsafe self.first.deallocate()
        unsafe self.more.forEach { unsafe free($0) }
    }

    /// Uninitialised memory for the struct of one message, aligned to 8 bytes.
    public func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
        if let memory = unsafe self.memory(byteCount) { return unsafe memory }
        // A struct is small, and nowhere to put it is the end.
        return UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 8)
    }

    /// - Returns: `nil` when the system has no more memory.
    private func memory(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        let rounded = (byteCount + 7) & ~7
        if unsafe self.end - self.next < rounded {
            let size = max(Self.chunkBytes, rounded)
            guard let chunk = unsafe malloc(size) else {
                self.isOutOfMemory = true
                return nil
            }
            unsafe self.more.append(chunk)
            unsafe self.next = chunk
            unsafe self.end = chunk + size
        }
        defer { unsafe self.next += rounded }
        return unsafe self.next
    }

    /// Counts what is to be written.
    ///
    /// - Returns: `nil` when filling has stopped.
    private func memory(forContent byteCount: Int, _ size: Int) -> UnsafeMutableRawPointer? {
        self.contentBytes += byteCount
        return self.isOver ? nil : unsafe self.memory(size)
    }

    /// A copy of a text as a C string.
    public func text(_ text: String) -> UnsafeMutablePointer<CChar>? {
        var text = text
        return text.withUTF8 { utf8 in
            guard let copy = unsafe self.memory(forContent: utf8.count, utf8.count + 1) else { return nil }
            if let base = utf8.baseAddress { unsafe copy.copyMemory(from: base, byteCount: utf8.count) }
            unsafe copy.storeBytes(of: 0, toByteOffset: utf8.count, as: UInt8.self)
            if unsafe memchr(copy, 0, utf8.count) != nil { self.sawNUL = true }
            return unsafe copy.assumingMemoryBound(to: CChar.self)
        }
    }

    /// A copy of plain values; `nil` when there are none.
    public func values<Value: BitwiseCopyable>(_ values: [Value]) -> UnsafeMutablePointer<Value>? {
        guard !values.isEmpty else { return nil }
        return unsafe values.withUnsafeBufferPointer { source in
            let size = source.count * MemoryLayout<Value>.stride
            guard let copy = unsafe self.memory(forContent: source.count, size) else { return nil }
            let typed = unsafe copy.bindMemory(to: Value.self, capacity: source.count)
            if let base = source.baseAddress { unsafe typed.initialize(from: base, count: source.count) }
            return unsafe typed
        }
    }

    /// The same for the numbers of vectors, without generics.
    public func values(_ values: [Float]) -> UnsafeMutablePointer<Float>? {
        guard !values.isEmpty else { return nil }
        return unsafe values.withUnsafeBufferPointer { source in
            let size = source.count * MemoryLayout<Float>.stride
            guard let copy = unsafe self.memory(forContent: size, size) else { return nil }
            let typed = unsafe copy.bindMemory(to: Float.self, capacity: source.count)
            if let base = source.baseAddress { unsafe typed.initialize(from: base, count: source.count) }
            return unsafe typed
        }
    }

    /// An array of pointers, one for each element; `nil` when there are none.
    public func pointers<Element, Pointee>(
        _ elements: some Collection<Element>,
        _ make: (Element) -> UnsafeMutablePointer<Pointee>?
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Pointee>?>? {
        guard !elements.isEmpty else { return nil }
        // Each item has a tag and a length, at least.
        let size = unsafe elements.count * MemoryLayout<UnsafeRawPointer>.stride
        guard let raw = unsafe self.memory(forContent: elements.count * 2, size) else { return nil }
        let pointers = unsafe raw.bindMemory(to: UnsafeMutablePointer<Pointee>?.self, capacity: elements.count)
        for (index, element) in elements.enumerated() {
            // The rest is not read: a message that is over is not encoded.
            if self.isOver { return nil }
            unsafe (pointers + index).initialize(to: make(element))
        }
        return unsafe pointers
    }
}
