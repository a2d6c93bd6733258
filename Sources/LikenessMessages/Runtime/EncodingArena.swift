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

    private static let chunkBytes = 4_096

    public init() {
        // SAFETY: the chunk is freed in deinit, and nothing made from it outlives its owner.
        let first = UnsafeMutableRawPointer.allocate(byteCount: Self.chunkBytes, alignment: 8)
        unsafe self.first = first
        unsafe self.more = []
        unsafe self.next = first
        unsafe self.end = first + Self.chunkBytes
    }

    deinit {
        unsafe self.first.deallocate()
        unsafe self.more.forEach { unsafe $0.deallocate() }
    }

    /// Uninitialised memory, aligned to 8 bytes.
    public func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
        let rounded = (byteCount + 7) & ~7
        if unsafe self.end - self.next < rounded {
            let size = max(Self.chunkBytes, rounded)
            let chunk = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
            unsafe self.more.append(chunk)
            unsafe self.next = chunk
            unsafe self.end = chunk + size
        }
        defer { unsafe self.next += rounded }
        return unsafe self.next
    }

    /// A copy of a text as a C string.
    public func text(_ text: String) -> UnsafeMutablePointer<CChar>? {
        var text = text
        return text.withUTF8 { utf8 in
            let copy = unsafe self.allocate(byteCount: utf8.count + 1)
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
            let copy = unsafe self.allocate(byteCount: source.count * MemoryLayout<Value>.stride)
            let typed = unsafe copy.bindMemory(to: Value.self, capacity: source.count)
            if let base = source.baseAddress { unsafe typed.initialize(from: base, count: source.count) }
            return unsafe typed
        }
    }

    /// The same for the numbers of vectors, without generics.
    public func values(_ values: [Float]) -> UnsafeMutablePointer<Float>? {
        guard !values.isEmpty else { return nil }
        return unsafe values.withUnsafeBufferPointer { source in
            let copy = unsafe self.allocate(byteCount: source.count * MemoryLayout<Float>.stride)
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
        let raw = unsafe self.allocate(byteCount: elements.count * MemoryLayout<UnsafeRawPointer>.stride)
        let pointers = unsafe raw.bindMemory(to: UnsafeMutablePointer<Pointee>?.self, capacity: elements.count)
        for (index, element) in elements.enumerated() { unsafe (pointers + index).initialize(to: make(element)) }
        return unsafe pointers
    }
}
