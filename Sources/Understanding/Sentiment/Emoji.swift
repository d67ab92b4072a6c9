/// Emoji with how they feel, from -4 to 4.
enum Emoji {
  static let valences = Valences(
    lines: """
      -3.4 🤬 🖕 😡 👿
      -2.6 😠 🤮 💩 😤 🤢
      -2.0 😞 😢 😭 👎 💔 😩 😫 🙄 😒 😖 😣 😰
      -1.4 😟 😕 🙁 ☹ 😔 😓 😑 😬 ❌ 🤦
      1.6 🙂 ☺ 😉 👌 ✅ 💪 😎 🤞 🤝
      2.0 😊 😀 😃 😄 😁 👍 🙏 👏 💚 💙 💜 🧡 💛 🌟 ⭐ 😌 🥳 🙌
      2.8 😍 🥰 😘 ❤ 💖 💕 🎉 🤩 🔥 💯 😻
      """)
}
