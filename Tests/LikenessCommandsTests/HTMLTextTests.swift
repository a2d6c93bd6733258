import Foundation
import LikenessCommands
import LikenessMessages
import Testing

@Suite struct HTMLTextTests {
    private static func read(_ text: String) throws -> ReadResume {
        try Array(JSONResumeFile(Data(text.utf8)))[0].resume.get()
    }

    @Test(arguments: [
        (
            "<p>Led <b>R&amp;D</b></p>\\n<ul><li>caf&eacute;</li><li class='x'>two<br/>lines</li></ul>",
            "Led R&D\n\ncafé\ntwo\nlines"
        ),
        ("<STRONG>C++</STRONG> &lt;b&gt;", "C++ <b>"), ("Fish &#38; chips&nbsp;&#x2014; now", "Fish & chips — now"),
        ("<p>One<p>Two", "One\nTwo"), ("a<!-- not this -->b", "ab"), ("<div><script>x()</script>Text</div>", "Text"),
        ("<a href='https://x.example/?a>b'>ACME</a>", "ACME"), ("&Auml;rzte &ndash; &yuml;", "Ärzte – ÿ"),
    ]) func `HTML is stored as the text that it shows`(html: String, text: String) throws {
        let read = try Self.read(
            #"{"basics":{"name":"A","summary":"\#(html)"},"interests":[{"name":"\#(html)"}]}"#
        )
        #expect(read.profile.summary == text)
        #expect(read.warnings.map(\.path) == ["basics.summary"], "\(read.warnings)")
    }

    @Test(arguments: [
        "a < b", "List<String>", "C<T>", "Set<A>, Map<a, b>, vector<i>", "Option<P>",
        "knows the <canvas> and <code> tags",
        "R&D; AT&T", "&unknown; &#0; &#x1B;", "x <3 y", "a<b and c>d", "<", "&", "<b", "</b>", "<!-- open",
        "https://x.example/?a=1&b=2",
    ]) func `a sign that is no HTML stays`(text: String) throws {
        let read = try Self.read(#"{"basics":{"name":"A","summary":"\#(text)"}}"#)
        #expect(read.profile.summary == text && read.warnings.isEmpty, "\(read)")
    }
}
