#include "app/app.h"

int main(int count, char** words) { return holdfast::app::run(count, words); }
