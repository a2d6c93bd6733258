import Testing

@testable import LikenessCommands

@Suite struct PersonNameTests {
    private static let same = [
        ("Ada Lovelace", "Ada Lovelace"), ("Ada Lovelace", "ADA LOVELACE"), ("Zoë Łucka", "zoe lucka"),
        ("Lovelace, Ada", "Ada Lovelace"), ("A. Lovelace", "Ada Lovelace"), ("Ada K. Lovelace", "Ada King Lovelace"),
        ("Ada Lovelace", "Ada King Lovelace"), ("Dr. Ada Lovelace", "Ada Lovelace, PhD"),
        ("Conan O'Brien", "Conan OBrien"),
        ("Иван Петров", "Ivan Petrov"), ("山田太郎", "山田 太郎"), ("Vincent van Gogh", "Vincent Gogh"), ("Madonna", "madonna"),
        ("李明", "李明"), ("🙂", "🙂"),
    ]
    private static let partial = [
        ("Anna Schmidt", "Anna Weber"), ("John Smith", "John Doe"), ("John", "John Smith"),
        ("Bob Smith", "Robert Smith"),
        ("A. L.", "Ada Lovelace"), ("Anna Meyer", "Lena Meyer-Schulz"),
    ]
    private static let none = [
        ("Ada Lovelace", "Grace Hopper"), ("Maria de Souza", "Pedro de Lima"), ("Dr. Braun", "Dr. Weiß"),
        ("田中太郎", "山田太郎"), ("A. Lovelace", "Grace Hopper"), ("Jan van der Berg", "Piet van der Meer"), ("🙂", "🙃"),
        ("김민준", "이서연"),
    ]

    @Test(arguments: Self.same) func `the same name in another spelling`(one: String, other: String) {
        let names = (PersonName(one), PersonName(other))
        #expect(names.0.likeness(to: names.1) == .same && names.1.likeness(to: names.0) == .same)
    }

    @Test(arguments: Self.partial) func `a name of which something is shared`(one: String, other: String) {
        let names = (PersonName(one), PersonName(other))
        #expect(names.0.likeness(to: names.1) == .partial && names.1.likeness(to: names.0) == .partial)
    }

    @Test(arguments: Self.none) func `two names`(one: String, other: String) {
        let names = (PersonName(one), PersonName(other))
        #expect(names.0.likeness(to: names.1) == .none && names.1.likeness(to: names.0) == .none)
    }
}
