// Quantiles of Mooncake's conversation trace (FAST 2025 release), Apache-2.0: https://github.com/kvcache-ai/Mooncake.
// Percentiles are interpolated linearly between order statistics. Points were chosen so that the table's mean is
// within 0.5 % and its coefficient of variation within 2 % of the trace's.
extension QuantileTable {
  /// Input tokens of the Mooncake conversation trace; mean 12035.
  static let mooncakeConversationInput = QuantileTable([
    (0, 891), (1, 894), (5, 901), (10, 964), (20, 1662), (25, 2306.5), (45, 5870.5), (50, 6909),
    (60, 9570), (65, 11237.5), (75, 15367), (80, 17869), (85, 21464), (90, 27367), (92.5, 31519),
    (95, 39550.5), (96, 44612.8), (97, 52215.4), (98.5, 73850), (99, 85400.4), (99.5, 100810),
    (100, 126195),
  ])

  /// Output tokens of the Mooncake conversation trace; mean 342.6.
  static let mooncakeConversationOutput = QuantileTable([
    (0, 1), (1, 3), (5, 10), (10, 24), (25, 156.5), (50, 350), (75, 472), (90, 597), (95, 698),
    (97.5, 835.25), (99, 1118.5), (100, 2000),
  ])
}
