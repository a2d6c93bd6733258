/// Bounds on a JSON text; see `likeness.options.v1.JSONRules`.
///
/// They hold for what PostgreSQL makes of it: it writes every number out, 1e131000 with 131,001 digits. Measured in one
/// pass without a tree. A text that is no JSON is measured somehow, and never too small to be refused for what it would
/// become: whether it is JSON, its store judges.
public struct JSONBounds: Sendable {
    let depthMax: Int
    let digitsMax: Int
    let writtenBytesMax: Int

    public init(depthMax: Int, digitsMax: Int, writtenBytesMax: Int) {
        self.depthMax = depthMax
        self.digitsMax = digitsMax
        self.writtenBytesMax = writtenBytesMax
    }

    /// The rule that a text breaks, and how; `nil` when it breaks none.
    func problem(of text: String) -> (rule: String, problem: String)? {
        var text = text
        return text.withUTF8 { utf8 in
            let bytes = unsafe Span(_unsafeElements: utf8)
            let measure = JSONMeasure(bytes)
            if measure.depth > self.depthMax {
                return ("max_depth", "is nested \(measure.depth) deep; at most \(self.depthMax) are allowed")
            }
            if measure.digits > self.digitsMax {
                let number = "holds a number of \(measure.digits) digits"
                return ("max_digits", "\(number); at most \(self.digitsMax) are allowed")
            }
            if measure.writtenBytes > self.writtenBytesMax {
                let size = "has \(measure.writtenBytes) bytes with its numbers written out"
                return ("max_written_bytes", "\(size); at most \(self.writtenBytesMax) are allowed")
            }
            return nil
        }
    }
}

/// How deep a JSON text is, how long its longest number, and how long the whole when numbers are written out.
struct JSONMeasure {
    private(set) var depth = 0
    private(set) var digits = 0
    private(set) var writtenBytes = 0

    init(_ bytes: Span<UInt8>) {
        var index = 0
        var level = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                self.writtenBytes += 1
                var isEscaped = false
                while index < bytes.count {
                    let inner = bytes[index]
                    index += 1
                    self.writtenBytes += 1
                    if isEscaped {
                        isEscaped = false
                    } else if inner == UInt8(ascii: "\\") {
                        isEscaped = true
                    } else if inner == UInt8(ascii: "\"") {
                        break
                    }
                }
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                level += 1
                self.depth = max(self.depth, level)
                self.writtenBytes += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                level -= 1
                self.writtenBytes += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"): self.writtenBytes += 2
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
                self.add(JSONNumber(bytes, &index))
            case 0x20, 0x09, 0x0A, 0x0D: break
            default: self.writtenBytes += 1
            }
        }
    }

    private mutating func add(_ number: JSONNumber) {
        self.digits = max(self.digits, number.digits)
        self.writtenBytes += number.writtenBytes
    }
}

extension JSONBounds {
    /// UTF-8 bytes that a JSON text has at most once PostgreSQL has written it; see `JSONRules.max_written_bytes`.
    package static func writtenBytes(of text: String) -> Int {
        var text = text
        return text.withUTF8 { utf8 in unsafe JSONMeasure(Span(_unsafeElements: utf8)).writtenBytes }
    }
}

/// The size of one number when it is written out without an exponent.
private struct JSONNumber {
    let digits: Int
    /// With its sign and point.
    let writtenBytes: Int

    /// - Parameter index: Behind the number's first character; moves behind its last.
    init(_ bytes: Span<UInt8>, _ index: inout Int) {
        var whole = 0
        var fraction = 0
        var isBehindPoint = false
        index -= 1
        let sign = bytes[index] == UInt8(ascii: "-") ? 1 : 0
        while index < bytes.count {
            let byte = bytes[index]
            if (0x30...0x39).contains(byte) {
                if isBehindPoint { fraction += 1 } else { whole += 1 }
            } else if byte == UInt8(ascii: ".") {
                isBehindPoint = true
            } else if byte != UInt8(ascii: "-") {
                break
            }
            index += 1
        }
        var exponent = 0
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            var isNegative = false
            while index < bytes.count {
                let byte = bytes[index]
                if (0x30...0x39).contains(byte) {
                    // Far beyond every bound, and far from overflow.
                    exponent = min(exponent * 10 + Int(byte - 0x30), 1_000_000_000)
                } else if byte == UInt8(ascii: "-") {
                    isNegative = true
                } else if byte != UInt8(ascii: "+") {
                    break
                }
                index += 1
            }
            if isNegative { exponent = -exponent }
        }
        let decimals = max(fraction - exponent, 0)
        self.digits = max(whole + exponent, 1) + decimals
        self.writtenBytes = sign + self.digits + (decimals > 0 ? 1 : 0)
    }
}
