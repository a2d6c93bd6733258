import LikenessReflection
import Testing

/// Protobuf's JSON mapping, rule by rule.
@Suite struct JSONMappingTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let type: String
        let json: String
        let result: String
        init(_ type: String, _ json: String, _ result: String) {
            self.type = type
            self.json = json
            self.result = result
        }
        var testDescription: String { "\(self.type) \(self.json)" }
    }

    @Test(arguments: [
        // Names: JSON's, the file's, and one of its own.
        Case("Plain", #"{"int32Value":1}"#, #"{"int32Value":1}"#),
        Case("Plain", #"{"int32_value":1}"#, #"{"int32Value":1}"#),
        Case("Plain", #"{"renamed":"a"}"#, #"{"@odd name":"a"}"#),
        // Numbers as numbers and as texts; 64 bits come out as texts.
        Case(
            "Plain",
            #"{"int32Value":"-5","uint32Value":1e3,"int64Value":-9223372036854775808}"#,
            #"{"int32Value":-5,"int64Value":"-9223372036854775808","uint32Value":1000}"#
        ),
        Case(
            "Plain",
            #"{"uint64Value":18446744073709551615,"fixed64Value":"18446744073709551615"}"#,
            #"{"uint64Value":"18446744073709551615","fixed64Value":"18446744073709551615"}"#
        ),
        Case("Plain", #"{"int64Value":9007199254740993}"#, #"{"int64Value":"9007199254740993"}"#),
        Case("Plain", #"{"int32Value":100.00,"sint32Value":-1.5e1}"#, #"{"int32Value":100,"sint32Value":-15}"#),
        // Floats.
        Case("Plain", #"{"floatValue":0.1,"doubleValue":"1e-7"}"#, #"{"floatValue":0.1,"doubleValue":1e-07}"#),
        Case(
            "Plain",
            #"{"floatValue":"NaN","doubleValue":"-Infinity"}"#,
            #"{"floatValue":"NaN","doubleValue":"-Infinity"}"#
        ),
        Case("Plain", #"{"doubleValue":-0}"#, #"{"doubleValue":-0.0}"#),
        Case("Plain", #"{"floatValue":16777216}"#, #"{"floatValue":16777216}"#),
        // Bytes in both alphabets, with padding and without.
        Case("Plain", #"{"bytesValue":"+/+/"}"#, #"{"bytesValue":"+/+/"}"#),
        Case("Plain", #"{"bytesValue":"-_-_"}"#, #"{"bytesValue":"+/+/"}"#),
        Case("Plain", #"{"bytesValue":"AQ"}"#, #"{"bytesValue":"AQ=="}"#),
        // Enums by name, by another name and by number, known or not.
        Case("Plain", #"{"colour":"COLOUR_ROT"}"#, #"{"colour":"COLOUR_RED"}"#),
        Case("Plain", #"{"colour":-1}"#, #"{"colour":"COLOUR_INFRARED"}"#),
        Case("Plain", #"{"colour":77}"#, #"{"colour":77}"#),
        // Absent, empty and null.
        Case("Plain", #"{"int32Value":0,"stringValue":"","plain":null}"#, "{}"),
        Case("Plain", #"{"plain":{}}"#, #"{"plain":{}}"#),
        Case(
            "Optionals",
            #"{"int32Value":0,"stringValue":"","colour":0,"boolValue":null}"#,
            #"{"int32Value":0,"stringValue":"","colour":"COLOUR_UNSPECIFIED"}"#
        ),
        Case("Lists", #"{"int32Values":null,"plains":[{}],"boolValues":[]}"#, #"{"plains":[{}]}"#),
        // Oneofs: a member that is set counts even when it is zero.
        Case("Choice", #"{"int32Value":0}"#, #"{"int32Value":0}"#),
        Case("Choice", #"{"int32Value":null,"stringValue":"a"}"#, #"{"stringValue":"a"}"#),
        Case("Choice", #"{"nullValue":null}"#, #"{"nullValue":null}"#),
        Case("Choice", #"{"jsonValue":null}"#, #"{"jsonValue":null}"#),
        Case("Choice", #"{"flag":false}"#, #"{"flag":false}"#),
        // Maps, sorted by key.
        Case(
            "Maps",
            #"{"numbers":{"10":1,"-2":"3"},"flags":{"true":"AA=="}}"#,
            #"{"numbers":{"-2":"3","10":"1"},"flags":{"true":"AA=="}}"#
        ),
        Case("Maps", #"{"texts":{"":""},"values":{"7":null}}"#, #"{"texts":{"":""},"values":{"7":null}}"#),
        // Well-known types.
        Case("Known", #"{"timestamp":"2024-02-29T23:59:59.5+01:30"}"#, #"{"timestamp":"2024-02-29T22:29:59.500Z"}"#),
        Case(
            "Known",
            #"{"timestamp":"0001-01-01T00:00:00.000000001Z"}"#,
            #"{"timestamp":"0001-01-01T00:00:00.000000001Z"}"#
        ),
        Case("Known", #"{"duration":"-0.5s"}"#, #"{"duration":"-0.500s"}"#),
        Case("Known", #"{"duration":"3s"}"#, #"{"duration":"3s"}"#),
        Case("Known", #"{"mask":"displayName,a.bC"}"#, #"{"mask":"displayName,a.bC"}"#),
        Case("Known", #"{"struct":{"b":[1,{"c":null}],"a":"x"}}"#, #"{"struct":{"a":"x","b":[1,{"c":null}]}}"#),
        Case("Known", #"{"value":null,"list":[],"empty":{}}"#, #"{"value":null,"list":[],"empty":{}}"#),
        Case(
            "Known",
            #"{"int64Wrapper":"0","stringWrapper":"","boolWrapper":null}"#,
            #"{"int64Wrapper":"0","stringWrapper":""}"#
        ),
        Case(
            "Known",
            #"{"any":{"@type":"x/reflection.test.Plain","int32Value":5}}"#,
            #"{"any":{"@type":"x/reflection.test.Plain","int32Value":5}}"#
        ),
        Case(
            "Known",
            #"{"any":{"value":"1s","@type":"x/google.protobuf.Duration"}}"#,
            #"{"any":{"@type":"x/google.protobuf.Duration","value":"1s"}}"#
        ),
        Case("Known", #"{"any":{}}"#, #"{"any":{}}"#),
        // proto2: groups, extensions, presence everywhere.
        Case(
            "Legacy",
            #"{"name":"","count":0,"inner":{"deep":[{"number":1}]},"[reflection.test.note]":"x"}"#,
            #"{"name":"","count":0,"inner":{"deep":[{"number":"1"}]},"[reflection.test.note]":"x"}"#
        ),
        // JSON itself.
        Case("Plain", #" { "stringValue" : "\u00e9\ud83d\ude00\/\n" } "#, #"{"stringValue":"é😀/\n"}"#),
    ])
    func `is read and printed`(_ example: Case) throws {
        #expect(try TestProtos.roundTrip(example.json, example.type) == example.result)
    }

    @Test(arguments: [
        Case(
            "Plain",
            #"{"int32Vlue":1}"#,
            #"int32Vlue: reflection.test.Plain has no such field; did you mean "int32Value"?"#
        ),
        Case(
            "Lists",
            #"{"plains":[{},{"plain":{"x":1}}]}"#,
            "plains[1].plain.x: reflection.test.Plain has no such field"
        ),
        Case(
            "Maps",
            #"{"plains":{"k":{"boolValue":1}}}"#,
            #"plains["k"].boolValue: is a number; must be true or false"#
        ),
        Case("Plain", #"{"int32Value":2147483648}"#, "int32Value: 2147483648 is out of the range of int32"),
        Case("Plain", #"{"uint32Value":-1}"#, "uint32Value: -1 is out of the range of uint32"),
        Case("Plain", #"{"uint64Value":18446744073709551616}"#, "uint64Value: 18446744073709551616 is not an integer"),
        Case("Plain", #"{"int32Value":1.5}"#, "int32Value: 1.5 is not an integer"),
        Case("Plain", #"{"int32Value":" 1"}"#, #"int32Value: " 1" is not a number"#),
        Case("Plain", #"{"int32Value":true}"#, "int32Value: is a boolean; must be a number"),
        Case("Plain", #"{"floatValue":1e39}"#, "floatValue: 1e39 is out of the range of float"),
        Case("Plain", #"{"doubleValue":1e309}"#, "doubleValue: 1e309 is out of the range of double"),
        Case("Plain", #"{"doubleValue":"inf"}"#, #"doubleValue: "inf" is not a number"#),
        Case("Plain", #"{"stringValue":1}"#, "stringValue: is a number; must be a text"),
        Case("Plain", #"{"bytesValue":"A"}"#, "bytesValue: is not valid base 64"),
        Case(
            "Plain",
            #"{"colour":"COLOUR_READ"}"#,
            #"colour: reflection.test.Colour has no value "COLOUR_READ"; did you mean"#
        ),
        Case("Plain", #"{"int32Value":1,"int32_value":2}"#, "int32_value: is given twice"),
        Case(
            "Choice",
            #"{"int32Value":1,"stringValue":"a"}"#,
            #"stringValue: "int32Value" is set already, and value can be only one of them"#
        ),
        Case("Lists", #"{"int32Values":[1,null]}"#, "int32Values[1]: is null; must be a number"),
        Case("Lists", #"{"int32Values":1}"#, "int32Values: is a number; must be an array"),
        Case("Maps", #"{"numbers":{"x":1}}"#, #"numbers["x"]: "x" is not a number"#),
        Case("Maps", #"{"numbers":{"1":null}}"#, #"numbers["1"]: is null; must be a number"#),
        Case("Maps", #"{"numbers":{"1":1,"1.0":2}}"#, #"numbers["1.0"]: is given twice"#),
        Case("Maps", #"{"flags":{"1":""}}"#, #"flags["1"]: the key must be "true" or "false""#),
        Case(
            "Known",
            #"{"timestamp":"2023-02-29T00:00:00Z"}"#,
            "timestamp: \"2023-02-29T00:00:00Z\" is not a time like"
        ),
        Case("Known", #"{"timestamp":"0001-01-01T00:00:00+00:01"}"#, "is not between the years 1 and 9999"),
        Case("Known", #"{"timestamp":5}"#, "timestamp: is a number; must be a text like"),
        Case("Known", #"{"duration":"1"}"#, "duration: \"1\" is not a duration like"),
        Case("Known", #"{"duration":"315576000001s"}"#, "is longer than 10,000 years"),
        Case("Known", #"{"mask":"display_name"}"#, #"mask: "display_name" must be written like "displayName""#),
        Case("Known", #"{"any":{"int32Value":1}}"#, #"any: needs one "@type""#),
        Case("Known", #"{"any":{"@type":"x/no.Such"}}"#, "any: the type no.Such is not known"),
        Case(
            "Known",
            #"{"any":{"@type":"x/reflection.test.Plain","y":1}}"#,
            "any.y: reflection.test.Plain has no such field"
        ),
        Case("Legacy", #"{"name":"","shade":3}"#, "shade: reflection.test.Shade has no value 3"),
        Case("Plain", #"{"int32Value":1,}"#, "invalid JSON at line 1, column 17: a name in double quotes is missing"),
        Case("Plain", "{\"stringValue\":\n\"\\ud800\"}", "invalid JSON at line 2, column 8: half of a surrogate pair"),
        Case("Plain", #"{} {}"#, "invalid JSON at line 1, column 4: more text after the value"),
        Case("Plain", #"{"int32Value":01}"#, "invalid JSON at line 1, column 17: not a number"),
        Case("Plain", #"{"doubleValue":NaN}"#, "invalid JSON at line 1, column 16: a value cannot begin so"),
        Case("Plain", "[]", "is an array; reflection.test.Plain is an object"),
        Case("Plain", "", "invalid JSON at line 1, column 1: the text ends where a value should be"),
    ])
    func `is refused with the place`(_ example: Case) throws {
        let refusal = try #require(try TestProtos.refusal(example.json, example.type))
        #expect(refusal.contains(example.result), "\(refusal)")
    }

    @Test func `prints original names and defaults when asked`() throws {
        var options = JSONOptions()
        options.usesOriginalNames = true
        #expect(try TestProtos.roundTrip(#"{"int32Value":1}"#, "Plain", options: options) == #"{"int32_value":1}"#)
        options.printsDefaults = true
        #expect(
            try TestProtos.roundTrip("{}", "KnownLists", options: options)
                == #"{"timestamps":[],"durations":[],"masks":[],"#
                + #""structs":[],"values":[],"lists":[],"anys":[],"string_wrappers":[],"int64_wrappers":[]}"#
        )
        #expect(try TestProtos.roundTrip("{}", "Optionals", options: options) == "{}")
        #expect(
            try TestProtos.roundTrip("{}", "Maps", options: options) == #"{"texts":{},"numbers":{},"plains":{},"#
                + #""flags":{},"colours":{},"doubles":{},"times":{},"values":{}}"#
        )
    }

    @Test(arguments: [90, 99, 100, 150, 201, 100_000])
    func `depth is limited`(_ depth: Int) throws {
        let json = String(repeating: #"{"plain":"#, count: depth) + "{}" + String(repeating: "}", count: depth)
        let refusal = try TestProtos.refusal(json, "Plain")
        if depth < 100 {
            #expect(refusal == nil)
            #expect(try TestProtos.roundTrip(json, "Plain") == json)
        } else {
            #expect(refusal?.contains("nested more than") == true)
        }
    }

    @Test func `bytes nested too deeply, cut or of the wrong type are refused or passed over`() throws {
        let transcoder = JSONTranscoder(pool: try TestProtos.pool.get())
        let type = try TestProtos.type("Plain")
        var nested: [UInt8] = []
        for _ in 0..<120 {
            let size =
                nested.count < 128
                ? [UInt8(nested.count)] : [UInt8(nested.count & 127 | 128), UInt8(nested.count >> 7)]
            nested = [0x8A, 0x01] + size + nested
        }
        #expect(throws: TranscodingError.self) { try transcoder.json(of: nested, as: type) }
        #expect(throws: TranscodingError.self) { try transcoder.json(of: [0x08], as: type) }
        #expect(throws: TranscodingError.self) { try transcoder.json(of: [0x72, 0x02, 0x61], as: type) }
        #expect(throws: TranscodingError.self) { try transcoder.json(of: [0x72, 0x01, 0xFF], as: type) }
        // int32_value as a text, a group that nobody knows, and then int32_value = 1.
        #expect(
            try transcoder.json(of: [0x0A, 0x00, 0xA3, 0x06, 0x08, 0x07, 0xA4, 0x06, 0x08, 0x01], as: type).text()
                == #"{"int32Value":1}"#
        )
    }
}
