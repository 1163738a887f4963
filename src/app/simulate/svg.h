// Pictures as SVG, written by hand: one background of its own, a light and a dark palette, a title
// and a description for those who hear it, no script and nothing fetched from elsewhere.
//
// Coordinates are in pixels, y downwards, printed to a tenth: the same drawing gives the same
// bytes. What a shape looks like is said by class names, which svg.cc lists. Confined to one
// thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace holdfast::app {

class Svg {
 public:
  using Point = std::pair<double, double>;

  Svg(double width, double height, std::string title, std::string description);

  void rect(double x, double y, double width, double height, std::string_view look,
            double rounding = 0);
  void line(Point from, Point to, std::string_view look);
  void polyline(const std::vector<Point>& points, std::string_view look);
  /// A closed, filled area.
  void polygon(const std::vector<Point>& points, std::string_view look);
  void circle(Point centre, double radius, std::string_view look);
  /// `look` may add "middle" or "end": where the text is anchored.
  void text(Point at, std::string_view text, std::string_view look);

  /// The whole file.
  std::string finish() const;

 private:
  double width_, height_;
  std::string title_, description_, body_;
};

/// About how wide a text of that size comes out, in pixels.
double svg_text_width(std::string_view text, double font_size = 12);

/// Writes `text` to `file`. kIo, with the reason and the remedy.
Status write_picture(const std::string& file, std::string_view text);

}  // namespace holdfast::app
