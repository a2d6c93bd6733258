extension CompatibleLetters {
    /// A text with plain letters: the model knows no others, and takes "𝗣𝗿𝗼𝗱𝘂𝗰𝘁 𝗠𝗮𝗻𝗮𝗴𝗲𝗿" or "ＣＯ２" for unknown words.
    static func plain(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 >= 0x80 }) else { return text }
        var plain = ""
        plain.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            if scalar.isASCII {
                plain.unicodeScalars.append(scalar)
            } else if let word = self.words[scalar.value] {
                plain += word
            } else {
                plain.unicodeScalars.append(self.letter(scalar))
            }
        }
        return plain
    }

    private static func letter(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        // The first run that begins behind it.
        var (low, high) = (0, self.runs.count)
        while low < high {
            let middle = (low + high) / 2
            if self.runs[middle].0 <= scalar.value { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return scalar }
        let (first, last, form) = self.runs[low - 1]
        return scalar.value <= last ? Unicode.Scalar(form + scalar.value - first) ?? scalar : scalar
    }
}
