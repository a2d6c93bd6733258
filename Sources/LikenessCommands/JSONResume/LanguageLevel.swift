internal import Foundation

/// How well somebody knows a language, where that stands beside its name.
enum LanguageLevel {
    /// "English (C1)", "Dutch (Belgium) (B1)", "Dutch (Belgium): B1": the level is what stands last. What stands in brackets and is no word
    /// for a level, as in "Portuguese (Brazil)", belongs to the name.
    ///
    /// - Returns: `nil` without a level.
    static func split(_ text: String) -> (name: String, level: String)? {
        let colon = text.lastIndex(of: ":")
        guard let sign = colon ?? (text.hasSuffix(")") ? text.lastIndex(of: "(") : nil) else { return nil }
        let rest = text[text.index(after: sign)...]
        let (name, level) = (text[..<sign].trimmed(), colon == nil ? rest.dropLast().trimmed() : rest.trimmed())
        guard !name.isEmpty, !level.isEmpty, colon != nil || Self.isLevel(level) else { return nil }
        return (name, level)
    }

    /// Whether a text has a word or a figure for a level: "C1", "sehr gut in Wort und Schrift", "4/5", "日常会話".
    static func isLevel(_ text: String) -> Bool {
        let folded = Self.folded(text)
        let words = folded.split { !$0.isLetter && !$0.isNumber }
        return words.contains { Self.words.contains(String($0)) || $0.allSatisfy(\.isNumber) }
            || Self.parts.contains { folded.contains($0) }
    }

    private static func folded(_ text: String) -> String {
        text.folding(options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil)
    }

    private static let words: Set<String> = Set(
        """
        a1 a2 b1 b2 c1 c2 n1 n2 n3 n4 n5 native natively mother maternal fluent fluently fluency basic basics beginner beginners elementary
        intermediate advanced professional proficient proficiency working limited conversational conversation bilingual good excellent
        fair poor business expert level school spoken written reading writing speaking learning learner novice upper lower rudimentary
        near complete competent independent user toefl ielts toeic jlpt hsk topik delf dalf dele ilr cefr ger gcse
        muttersprache muttersprachler muttersprachlich fliessend fließend verhandlungssicher grundkenntnisse grundlagen kenntnisse gut gute sehr
        schulkenntnisse konversationssicher anfanger fortgeschritten mittelstufe
        maternelle courant courante couramment bilingue intermediaire debutant avance notions scolaire bon bonne bonnes lu ecrit parle
        natif technique professionnel
        nativo nativa materna fluido fluida fluente avanzado avanzada avancado avancada intermedio intermedia intermediario basico basica
        medio bajo alto nociones madrelingua ottimo ottima buono buona buon discreto discreta scolastico scolastica base avanzato
        moedertaal vloeiend goed redelijk matig uitstekend basiskennis gevorderd
        ojczysty biegly biegle plynny plynnie sredniozaawansowany zaawansowany podstawowy komunikatywny dobry rodily plynule
        родной родная свободно свободный продвинутый средний базовый начальный рідна вільно
        modersmal flytande flytende god goda grundlaggande morsmal  aidinkieli sujuva
        anadil ana akici ileri orta temel baslangic iyi
        """.split { $0 == " " || $0 == "\n" }.map { folded(String($0)) }
    )

    /// Of writing systems without spaces.
    private static let parts = [
        "母語", "母语", "流利", "流暢", "流畅", "精通", "熟练", "熟練", "初级", "初級", "中级", "中級", "高级", "高級", "上級", "上级", "日常会話", "日常会话",
        "ビジネス", "ネイティブ", "원어민", "유창", "초급", "중급", "고급", "모국어", "اللغة الام", "שפת אם",
    ].map { folded($0) }
}
