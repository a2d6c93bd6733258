import Foundation
import Testing

@testable import LikenessEmbedding

@Suite struct CompatibleLettersTests {
    @Test func `what is replaced is replaced as Unicode says`() {
        var replaced = 0
        for value in (0 as UInt32)..<0x110000 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = String(scalar)
            let plain = CompatibleLetters.plain(text)
            if Array(plain.unicodeScalars) == [scalar] { continue }
            #expect(plain == text.precomposedStringWithCompatibilityMapping, "U+\(String(value, radix: 16))")
            replaced += 1
        }
        #expect(replaced > 2_000)
    }

    @Test(
        arguments: [
            ("𝗣𝗿𝗼𝗱𝘂𝗰𝘁 𝗠𝗮𝗻𝗮𝗴𝗲𝗿", "Product Manager"), ("𝓓𝓪𝓽𝓪 𝕾𝖈𝖎𝖊𝖓𝖈𝖊", "Data Science"), ("ＣＯ２，ｏｋ", "CO2,ok"),
            ("H₂O and x²", "H2O and x2"), ("Ⓐⓑⓒ", "Abc"), ("oﬃce", "office"), ("ﾃﾞｰﾀ", "テ\u{3099}ータ"),
            ("Likeness™ at 20 °C, ½ done", "Likeness™ at 20 °C, ½ done"), ("plain", "plain"),
            ("Łódź, 김민준", "Łódź, 김민준"),
        ]
    )
    func `other forms of letters are plain ones`(text: String, plain: String) {
        #expect(Array(CompatibleLetters.plain(text).unicodeScalars) == Array(plain.unicodeScalars))
    }
}
