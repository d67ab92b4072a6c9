import JSON
import Models
import Testing

@Suite(.timeLimit(.minutes(5))) struct ArgumentSchemaTests {
  static let schema = #"""
    {"type":"object","required":["id"],"additionalProperties":false,"properties":{
      "id":{"type":"string","minLength":2,"maxLength":4},"count":{"type":"integer","minimum":1,"exclusiveMaximum":5},
      "size":{"enum":["S","M",1]},"tags":{"type":"array","items":{"type":["string","null"]},"maxItems":2},
      "when":{"anyOf":[{"const":"now"},{"type":"number"}]},"way":{"oneOf":[{"type":"string"},{"const":"air"}]}}}
    """#

  /// None where the arguments are right.
  func problems(_ schema: ArgumentSchema, _ text: String) -> [String] {
    switch schema.read(text) {
    case .success: []
    case .failure(let refusal): refusal.problems
    }
  }

  @Test(arguments: [
    #"{"id":"ab"}"#, #"{"id":"ab","count":4,"size":1.0,"tags":["x",null],"when":"now","way":"sea"}"#,
    #"{"id":"äöüß","count":3.0,"when":2.5}"#,
  ])
  func rightArgumentsAreTaken(text: String) throws {
    _ = try ArgumentSchema(text: Self.schema).read(text).get()
  }

  @Test(arguments: [
    "", "{}", "[]", "null", "{", #"{"id":"a"}"#, #"{"id":"abcde"}"#, #"{"id":7}"#, #"{"id":"ab","x":1}"#,
    #"{"id":"ab","count":0}"#, #"{"id":"ab","count":5}"#, #"{"id":"ab","count":1.5}"#,
    #"{"id":"ab","size":"L"}"#,
    #"{"id":"ab","tags":["a","b","c"]}"#, #"{"id":"ab","tags":[1]}"#, #"{"id":"ab","when":"later"}"#,
    #"{"id":"ab","way":"air"}"#, #"{"id":"ab","id":"cd"}"#,
  ])
  func wrongOnesAreRefusedWithWhatIsWrong(text: String) throws {
    #expect((1...5).contains(problems(try ArgumentSchema(text: Self.schema), text).count))
  }

  /// A schema of `v`, values that fit it, and others.
  static let keywords: [(String, [String], [String])] = [
    (#"{"multipleOf":0.01}"#, ["19.99", "0", "4", "-0.07", "1e3", #""a""#], ["19.995", "1e-3"]),
    (#"{"multipleOf":3}"#, ["9007199254740993", "-6", "6.0"], ["9007199254740992", "1.5"]),
    (#"{"uniqueItems":true}"#, ["[]", "[1,2]", "[1,true]", #"["1",1]"#, "1"], ["[1,1.0]", "[{},{}]"]),
    (
      #"{"uniqueItems":true}"#, [#"[{"a":1,"b":2},{"a":2,"b":1}]"#, #"["\u00e9","e\u0301"]"#],
      [#"[{"a":1,"b":2},{"b":2,"a":1.0}]"#, "[[0],[1],[-0.0]]"]
    ),
    (#"{"uniqueItems":false}"#, ["[1,1]"], []),
    (#"{"not":{"type":"string"}}"#, ["1", "null"], [#""a""#]),
    (#"{"minProperties":1,"maxProperties":2.0}"#, [#"{"a":1}"#, "[]"], ["{}", #"{"a":1,"b":1,"c":1}"#]),
    (
      #"{"prefixItems":[{"type":"string"},{"type":"integer"}],"items":false}"#,
      ["[]", #"["a"]"#, #"["a",1]"#], [#"["a","b"]"#, #"["a",1,2]"#]
    ),
    (#"{"prefixItems":[true],"items":{"type":"null"}}"#, ["[1]", "[1,null]"], ["[1,1]"]),
    (
      #"{"type":"object","propertyNames":{"pattern":"^[a-z]+$"}}"#, ["{}", #"{"ab":1}"#],
      [#"{"ab":1,"A":1}"#, #"{"":1}"#]
    ),
    (#"{"type":"string","nullable":true}"#, [#""a""#, "null"], ["1"]),
    (#"{"type":"string","nullable":false}"#, [#""a""#], ["null"]),
    (#"{"nullable":true,"allOf":[{"type":"string"}]}"#, [#""a""#], ["null"]),
    (#"{"type":"string","nullable":true,"enum":["a"]}"#, [#""a""#], ["null"]),
    (#"{"pattern":"^[A-Z]-\\d+$"}"#, [#""A-17""#, "17"], [#""a-17""#, #""A-17\n""#, "\"\""]),
    (#"{"pattern":"b"}"#, [#""abc""#], [#""ac""#]),
    (##"{"$ref":"#/$defs/a~1b~0%63","maxLength":3}"##, [#""abc""#], [#""x""#, #""abcd""#]),
    (##"{"$ref":"#/properties/w"}"##, ["true"], ["1"]),
    (
      #"{"enum":[{"a":[1,2]},9007199254740993]}"#, [#"{"a":[1.0,2]}"#, "9007199254740993"],
      ["9007199254740992", "{}"]
    ),
    (#"{"const":null}"#, ["null"], ["0", "false", "\"\""]),
    (
      ##"{"oneOf":[{"type":"object","required":["k"],"properties":{"k":{"const":"a"}}},{"type":"null"}],"discriminator":{"propertyName":"k"}}"##,
      [#"{"k":"a"}"#, "null"], [#"{"k":"b"}"#, "{}"]
    ),
  ]

  @Test(arguments: keywords)
  func keywordsHoldOfWhatTheyAreOf(keyword: String, right: [String], wrong: [String]) throws {
    let schema = try ArgumentSchema(
      text: ##"{"type":"object","properties":{"v":\##(keyword),"w":{"type":"boolean"}},"##
        + ##""$defs":{"a/b~c":{"type":"string","minLength":2}}}"##)
    for value in right {
      #expect(problems(schema, #"{"v":\#(value)}"#).isEmpty, "\(keyword) \(value)")
    }
    for value in wrong {
      let problems = problems(schema, #"{"v":\#(value)}"#)
      #expect(problems.first?.hasPrefix("$.v") == true, "\(keyword) \(value): \(problems)")
    }
  }

  /// As pydantic, Zod, an exporter of OpenAPI 3.0 and OpenAI's strict form have them.
  static let tools = [
    ##"{"$defs":{"Line":{"properties":{"sku":{"pattern":"^[A-Z]{2}\\d{4}$","title":"Sku","type":"string"},"count":{"default":1,"exclusiveMinimum":0,"title":"Count","type":"integer"}},"required":["sku"],"title":"Line","type":"object"},"Way":{"enum":["air","sea"],"title":"Way","type":"string"}},"properties":{"lines":{"items":{"$ref":"#/$defs/Line"},"minItems":1,"title":"Lines","type":"array"},"way":{"anyOf":[{"$ref":"#/$defs/Way"},{"type":"null"}],"default":null},"spot":{"maxItems":2,"minItems":2,"prefixItems":[{"type":"number"},{"type":"number"}],"type":"array"}},"required":["lines"],"title":"Order","type":"object"}"##,
    ##"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"lines":{"type":"array","items":{"type":"object","properties":{"sku":{"type":"string","pattern":"^[A-Z]{2}\\d{4}$"},"count":{"type":"integer","exclusiveMinimum":0,"maximum":9007199254740991}},"required":["sku"],"additionalProperties":false}},"way":{"anyOf":[{"type":"string","enum":["air","sea"]},{"type":"null"}]},"notes":{"type":"object","propertyNames":{"type":"string"},"additionalProperties":{"type":"string"}}},"required":["lines"],"additionalProperties":false}"##,
    ##"{"type":"object","properties":{"lines":{"type":"array","items":{"type":"object","properties":{"sku":{"type":"string","pattern":"^[A-Z]{2}\\d{4}$","example":"AB1234"},"count":{"type":"integer","format":"int32","minimum":1}},"required":["sku"],"x-order":1}},"way":{"type":"string","nullable":true,"enum":["air","sea",null]}},"required":["lines"]}"##,
    ##"{"type":"object","properties":{"lines":{"type":"array","items":{"$ref":"#/$defs/line"}},"way":{"type":["string","null"],"enum":["air","sea",null]}},"required":["lines"],"additionalProperties":false,"$defs":{"line":{"type":"object","properties":{"sku":{"type":"string","pattern":"^[A-Z]{2}\\d{4}$"},"count":{"type":"integer","multipleOf":1,"minimum":1}},"required":["sku"],"additionalProperties":false}}}"##,
  ]

  @Test(arguments: tools)
  func toolsThatPeopleHaveAreChecked(tool: String) throws {
    let schema = try ArgumentSchema(text: tool)
    for text in [
      #"{"lines":[{"sku":"AB1234","count":2},{"sku":"CD5678"}],"way":"air"}"#,
      #"{"lines":[{"sku":"AB1234"}],"way":null}"#,
    ] {
      _ = try schema.read(text).get()
    }
    for (text, problem) in [
      ("{}", "$.lines is missing"),
      (
        #"{"lines":[{"sku":"AB1234"},{"sku":"ab1234"}]}"#,
        "$.lines[1].sku does not have the form of its pattern"
      ),
      (#"{"lines":[{"count":1}]}"#, "$.lines[0].sku is missing"),
      (#"{"lines":[{"sku":"AB1234","count":1.5}]}"#, "$.lines[0].count is not of type integer"),
      (#"{"lines":[{"sku":"AB1234"}],"way":"rail"}"#, "$.way is none of "),
    ] {
      let problems = problems(schema, text)
      #expect(problems.first?.hasPrefix(problem) == true, "\(text): \(problems)")
    }
  }

  @Test(arguments: [
    "", "[]", #"{"type":"string"}"#, #"{"type":"object","properties":{"a":{"pattern":"(a+"}}}"#,
    #"{"type":"object","properties":{"a":{"pattern":"(?i)a"}}}"#,
    #"{"type":"object","required":"a"}"#, #"{"type":"object","required":["a",1]}"#,
    #"{"type":"object","properties":{"a":{"type":"text"}}}"#,
    #"{"type":"object","properties":{"a":{"type":[]}}}"#,
    #"{"type":"object","properties":{"a":{"type":["string","string"]}}}"#,
    #"{"type":"object","properties":[]}"#, #"{"type":"object","properties":{"a":1}}"#,
    #"{"type":"object","if":true}"#, #"{"type":"object","patternProperties":{"a":true}}"#,
    #"{"type":"object","multipleOf":0}"#, #"{"type":"object","multipleOf":-1}"#,
    #"{"type":"object","uniqueItems":1}"#, #"{"type":"object","not":null}"#,
    #"{"type":"object","nullable":"yes"}"#,
    #"{"type":"object","prefixItems":[]}"#, #"{"type":"object","items":[{}]}"#,
    #"{"type":"object","minLength":-1}"#,
    #"{"type":"object","minProperties":1.5}"#, #"{"type":"object","exclusiveMinimum":true}"#,
    // A server might read the other one.
    #"{"type":"object","type":"object"}"#, #"{"type":"object","properties":{"a":{"enum":[1],"enum":[2]}}}"#,
    #"{"type":"object","default":"# + String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
      + "}",
    #"{"type":"object","description":""# + String(repeating: "x", count: 33_000) + #""}"#,
  ])
  func aSchemaThatCannotBeCheckedIsRefused(text: String) {
    #expect(throws: ArgumentSchema.Unsupported.self) { try ArgumentSchema(text: text) }
  }

  @Test(arguments: [
    "#/$defs/none", "#none", "other.json", "https://shop.example/order.json#/$defs/a", "#/properties",
    "#/properties/a/enum/0", "#/$defs/a/title", "#/$defs/%zz", "", "/$defs/a",
  ])
  func aReferenceThatNamesNoSchemaOfTheTextIsRefused(reference: String) {
    let error = #expect(throws: ArgumentSchema.Unsupported.self) {
      try ArgumentSchema(
        text: #"{"type":"object","properties":{"a":{"enum":[{}]},"v":{"$ref":"\#(reference)"}},"#
          + #""$defs":{"a":{"title":"t"}}}"#)
    }
    #expect(error?.description.hasPrefix("$.properties.v.$ref ") == true, "\(error?.description ?? "")")
  }

  @Test func aReferenceLeadsToTheNameOfItsOwnBytes() throws {
    let schema = try ArgumentSchema(
      text:
        ##"{"type":"object","properties":{"v":{"$ref":"#/$defs/caf%C3%A9"},"w":{"$ref":"#/$defs/cafe%CC%81"},"##
        + ##""x":{"$ref":"#/$defs/~1%CC%81~0%CC%81"}},"##
        + ##""$defs":{"caf\u00e9":{"type":"string"},"cafe\u0301":{"type":"integer"},"/\u0301~\u0301":{"type":"null"}}}"##
    )
    _ = try schema.read(#"{"v":"a","w":1,"x":null}"#).get()
    #expect(
      problems(schema, #"{"v":1,"w":"a","x":1}"#)
        == ["$.v is not of type string", "$.w is not of type integer", "$.x is not of type null"])
    #expect(throws: ArgumentSchema.Unsupported.self) {
      try ArgumentSchema(
        text: ##"{"type":"object","$defs":{"caf\u00e9":{},"a":{"$ref":"#/$defs/cafe%CC%81"}}}"##)
    }
  }

  @Test func aReferenceThatGoesByAnotherAddressIsRefused() {
    #expect(throws: ArgumentSchema.Unsupported.self) {
      try ArgumentSchema(
        text:
          ##"{"type":"object","$defs":{"a":{"$id":"https://shop.example/a","items":{"$ref":"#/$defs/b"}},"b":true}}"##
      )
    }
  }

  @Test(arguments: [
    ##"{"type":"object","$ref":"#"}"##, ##"{"type":"object","anyOf":[{"$ref":"#"},{}]}"##,
    ##"{"type":"object","$defs":{"a":{"$ref":"#/$defs/a"}}}"##,
    ##"{"type":"object","$defs":{"a":{"not":{"$ref":"#/$defs/b"}},"b":{"oneOf":[true,{"allOf":[{"$ref":"#/$defs/a"}]}]}}}"##,
  ])
  func aReferenceThatLeadsBackWithoutAValueBetweenIsRefused(text: String) {
    let error = #expect(throws: ArgumentSchema.Unsupported.self) { try ArgumentSchema(text: text) }
    #expect(error?.description.contains("leads back") == true)
  }

  @Test func aSchemaMayReferToItselfForWhatLiesWithin() throws {
    let schema = try ArgumentSchema(
      text: ##"{"type":"object","required":["n"],"properties":{"n":{"type":"integer"},"next":{"$ref":"#"}},"##
        + ##""additionalProperties":false}"##)
    func list(_ last: String) -> String {
      (0..<50).reduce(last) { rest, n in #"{"n":\#(n),"next":\#(rest)}"# }
    }
    _ = try schema.read(list(#"{"n":1}"#)).get()
    let path = "$" + String(repeating: ".next", count: 50)
    #expect(problems(schema, list("{}")) == ["\(path).n is missing"])
  }

  // MARK: Hostile ones

  /// Each of them, from `d0` on, asks twice for the next, of the same value.
  static func doubling(_ count: Int, _ last: String) -> String {
    (0..<count).map {
      ##""d\##($0)":{"allOf":[{"$ref":"#/$defs/d\##($0 + 1)"},{"$ref":"#/$defs/d\##($0 + 1)"}]}"##
    }
    .joined(separator: ",") + #","d\#(count)":\#(last)"#
  }

  @Test(arguments: [
    (##"{"$ref":"#/$defs/d0"}"##, "1", "take too long"),
    (##"{"not":{"$ref":"#/$defs/d0"}}"##, "1", "take too long"),
    (##"{"anyOf":[{"$ref":"#/$defs/d0"},true]}"##, "1", "take too long"),
    (
      #"{"pattern":"^(a+)+$"}"#, #""\#(String(repeating: "a", count: 60))!""#,
      "$.v cannot be checked against its pattern"
    ),
    (
      #"{"not":{"pattern":"^(a+)+$"}}"#, #""\#(String(repeating: "a", count: 60))!""#,
      "$.v cannot be checked against its pattern"
    ),
    (
      #"{"anyOf":[{"pattern":"^(a+)+$"},{"type":"string"}]}"#, #""\#(String(repeating: "a", count: 60))!""#,
      "$.v cannot be checked against its pattern"
    ),
    (
      #"{"propertyNames":{"pattern":"^(a+)+$"}}"#, #"{"\#(String(repeating: "a", count: 60))!":1}"#,
      "cannot be checked against its pattern"
    ),
  ])
  func whatWouldTakeTooLongIsRefusedWhateverStandsAroundIt(keyword: String, value: String, words: String)
    throws
  {
    let schema = try ArgumentSchema(
      text:
        #"{"type":"object","properties":{"v":\#(keyword)},"$defs":{\#(Self.doubling(24, #"{"type":"integer"}"#))}}"#
    )
    let problems = problems(schema, #"{"v":\#(value)}"#)
    #expect(problems.count == 1 && problems[0].contains(words), "\(problems)")
  }

  static let longName = String(repeating: "n", count: 30_000)

  /// A schema, held 8,192 times against a value; what it looks at there is paid for as often.
  @Test(arguments: [
    (#"{"maxProperties":1}"#, #"{"\#(longName)":1}"#, false),
    (#"{"title":""}"#, #"{"\#(longName)":1}"#, true),
    (#"{"maxProperties":1}"#, #"{"n":1}"#, true),
    (#"{"not":{"required":["\#(longName)"]}}"#, #"{"n":1}"#, false),
    (#"{"not":{"required":["m"]}}"#, #"{"n":1}"#, true),
    (#"{"multipleOf":3e-300}"#, "3e300", false), (#"{"multipleOf":3e-300}"#, "3e-300", true),
    (#"{"multipleOf":3e-300}"#, #""a""#, true),
  ])
  func namesAndPowersOfTenThatAreLookedAtArePaidFor(last: String, value: String, isChecked: Bool) throws {
    let schema = try ArgumentSchema(
      text:
        ##"{"type":"object","properties":{"v":{"$ref":"#/$defs/d0"}},"$defs":{\##(Self.doubling(13, last))}}"##
    )
    let problems = problems(schema, #"{"v":\#(value)}"#)
    if isChecked {
      #expect(problems.isEmpty)
    } else {
      #expect(problems.count == 1 && problems[0].contains("take too long"), "\(problems)")
    }
  }

  @Test func patternsAreBoundedTogetherByWhatTheyAreWrittenOutTo() throws {
    func schema(_ patterns: [String]) throws -> ArgumentSchema {
      let properties = patterns.enumerated().map { #""p\#($0)":{"pattern":"\#($1)"}"# }
      return try ArgumentSchema(
        text: #"{"type":"object","properties":{\#(properties.joined(separator: ","))}}"#)
    }
    _ = try schema(["(?:a*){2900}"])
    _ = try schema(Array(repeating: #"^[A-Z]{2}\\d{4}$"#, count: 100))
    let error = #expect(throws: ArgumentSchema.Unsupported.self) {
      try schema(["a", "(?:a*){2900}", "(?:a*){2900}"])
    }
    #expect(error?.description.hasPrefix("$.properties.p2.pattern ") == true, "\(error?.description ?? "")")
  }

  @Test(arguments: ["null", "[]", "1", "true", #""a""#])
  func whatIsNoObjectIsNoArgumentsWhateverTheSchemaSays(text: String) throws {
    let schema = try ArgumentSchema(text: #"{"type":"object","nullable":true,"required":["id"]}"#)
    #expect(problems(schema, text) == ["the arguments are no object"])
    #expect(problems(schema, "") == ["$.id is missing"])
  }

  @Test func aChainOfReferencesIsNotFollowedAsFarAsItGoes() throws {
    let chain = (0..<700).map { ##""\##($0)":{"$ref":"#/$defs/\##($0 + 1)"}"## }.joined(separator: ",")
    let schema = try ArgumentSchema(
      text: ##"{"type":"object","properties":{"v":{"$ref":"#/$defs/0"},"w":{"$ref":"#/$defs/600"}},"##
        + ##""$defs":{\##(chain),"700":true}}"##)
    _ = try schema.read(#"{"w":1}"#).get()
    let problems = problems(schema, #"{"v":1}"#)
    #expect(problems.count == 1 && problems[0].contains("too deep"), "\(problems)")
  }

  @Test func argumentsThatNestTooDeepAreNoArguments() throws {
    let deep = String(repeating: #"{"v":"#, count: 100) + "1" + String(repeating: "}", count: 100)
    #expect(problems(try ArgumentSchema(text: #"{"type":"object"}"#), deep) == ["the arguments are no JSON"])
  }

  @Test func manyChoicesAndManyValuesAreComparedAndToldBriefly() throws {
    let choices = (0..<4_000).map { "\($0)" }.joined(separator: ",")
    let schema = try ArgumentSchema(
      text: #"{"type":"object","properties":{"v":{"uniqueItems":true,"items":{"enum":[\#(choices)]}}}}"#)
    func list(_ numbers: Range<Int>) -> String {
      #"{"v":[\#(numbers.map(String.init).joined(separator: ","))]}"#
    }
    _ = try schema.read(list(0..<4_000)).get()
    let problems = problems(schema, list(10_000..<20_000))
    #expect(problems.count == 5 && problems.allSatisfy { $0.utf8.count < 500 }, "\(problems)")
    #expect(problems.first?.hasPrefix("$.v[0] is none of 0, 1, 2, ") == true)
  }

  @Test(arguments: [
    #"{"a":{"x":1,"x":2}}"#,
    #"{"a":"# + String(repeating: "[", count: 50) + #"{"x":1,"x":2}"# + String(repeating: "]", count: 50)
      + "}", #"{"a":[[{"x":1,"\u0078":2}]]}"#, #"{"a":1,"b":{"":1,"":1}}"#,
  ])
  func aMemberNamedTwiceIsRefusedWhereverItIs(text: String) throws {
    let problems = problems(try ArgumentSchema(text: #"{"type":"object"}"#), text)
    #expect(problems.count == 1 && problems[0].hasSuffix("names a member twice"), "\(problems)")
  }

  @Test func namesThatOnlyLookTheSameAreTwo() throws {
    let schema = try ArgumentSchema(
      text:
        #"{"type":"object","properties":{"caf\u00e9":{}},"required":["caf\u00e9"],"additionalProperties":false}"#
    )
    _ = try schema.read(#"{"caf\u00e9":1}"#).get()
    #expect(problems(schema, #"{"cafe\u0301":1}"#).count == 2)
  }
}
