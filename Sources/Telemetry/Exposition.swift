/// Prometheus's text format, version 0.0.4 (Prometheus, "Exposition formats").
struct Exposition {
  private(set) var text = ""

  mutating func add(_ family: Family, _ samples: [Sample]) {
    text += "# HELP \(family.name) \(Self.escaped(family.help, quotes: false))\n"
    text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
    for sample in samples {
      text += family.name + sample.suffix
      var pairs = zip(family.labels, sample.labels).map { #"\#($0)="\#(Self.escaped($1, quotes: true))""# }
      if let bound = sample.le { pairs.append(#"le="\#(Self.number(bound))""#) }
      if !pairs.isEmpty { text += "{" + pairs.joined(separator: ",") + "}" }
      text += " \(Self.number(sample.value))\n"
    }
  }

  /// Backslash and line feed are escaped everywhere, double quotes in label values only.
  static func escaped(_ text: String, quotes: Bool) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += #"\\"#
      case "\n": escaped += #"\n"#
      case "\"" where quotes: escaped += #"\""#
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// As Go's ParseFloat reads it; whole numbers without a fraction.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if let whole = Int64(exactly: value) { return String(whole) }
    return String(value)
  }
}
