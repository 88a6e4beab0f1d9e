// A Japanese font made for easy reading, in slices that the browser fetches only for the characters it shows.
import "@fontsource/biz-udpgothic/400.css";
import "@fontsource/biz-udpgothic/700.css";
