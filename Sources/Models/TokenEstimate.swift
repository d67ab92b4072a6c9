/// About how many tokens a model makes of a text, without its tokenizer; rather too many than too few.
///
/// Byte-pair vocabularies of common models take about four characters of English per token, two to three of other
/// alphabets, and about one of Chinese, Japanese or Korean.
package func estimatedTokens(_ text: String) -> Int {
  var quarters = 0
  for scalar in text.unicodeScalars {
    switch scalar.value {
    case 0..<0x80: quarters += 1
    case 0x80..<0x2E80: quarters += 2
    default: quarters += 4
    }
  }
  return (quarters + 3) / 4 + (text.isEmpty ? 0 : 1)
}

extension ChatMessage {
  /// With what a chat's template puts around it.
  package var estimatedTokens: Int {
    (toolCalls ?? []).reduce(4 + Models.estimatedTokens(content)) {
      $0 + 8 + Models.estimatedTokens($1.name) + Models.estimatedTokens($1.arguments)
    }
  }
}
